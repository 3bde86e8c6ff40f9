//! Polygons as a user gets them: written, read back, measured.
