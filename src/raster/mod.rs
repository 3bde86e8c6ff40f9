//! Rasters: open, describe, read windows, show them as RGB at a ground resolution.
