//! From a scene and a phrase to polygons.
