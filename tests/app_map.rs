//! The map as a user sees it: pictures of it on the software driver, compared with what the files hold.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test fails by panicking")]

#[path = "raster/picture.rs"]
#[allow(dead_code, reason = "shared with the raster tests")]
mod picture;
#[path = "app_map/polygons.rs"]
mod polygons;
#[path = "app_map/rasters.rs"]
mod rasters;
#[path = "app_map/speed.rs"]
mod speed;
#[path = "app_map/stage.rs"]
mod stage;
#[path = "app_map/tools.rs"]
mod tools;
