//! Polygons: trace, simplify, measure, write.
