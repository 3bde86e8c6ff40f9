//! Landscapes of known objects, painted into rasters of any grid, and a network that knows them by their colours.

#![allow(dead_code, clippy::unwrap_used)] // Each test binary uses its own part of this.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use gdal::DriverManager;
use gdal::raster::{Buffer, RasterCreationOptions};
use gdal::spatial_ref::SpatialRef;
use geo::{Contains, Point, Polygon};
use referent::error::Result;
use referent::job::Job;
use referent::query::{Asked, Branch, Segmenter, Tile, Trained};
use referent::raster::{Access, Crs, Georeference, Scene, View, transform_points};

/// What stands in a landscape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Tank,
    Ship,
    Harbor,
    Building,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Tank, Self::Ship, Self::Harbor, Self::Building];

    /// No two are near each other in any channel mixture with the ground.
    pub fn colour(self) -> [u8; 3] {
        match self {
            Self::Tank => [230, 20, 20],
            Self::Ship => [20, 230, 20],
            Self::Harbor => [20, 20, 230],
            Self::Building => [230, 230, 20],
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Tank => "tank",
            Self::Ship => "ship",
            Self::Harbor => "harbor",
            Self::Building => "building",
        }
    }
}

/// An upright rectangle or, with `round`, the ellipse in it, in metres east and north of the landscape's middle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Object {
    pub kind: Kind,
    pub east: f64,
    pub north: f64,
    pub width: f64,
    pub height: f64,
    pub round: bool,
}

impl Object {
    pub fn block(kind: Kind, east: f64, north: f64, width: f64, height: f64) -> Self {
        Self { kind, east, north, width, height, round: false }
    }

    pub fn tank(east: f64, north: f64, diameter: f64) -> Self {
        Self { kind: Kind::Tank, east, north, width: diameter, height: diameter, round: true }
    }

    fn covers(&self, east: f64, north: f64) -> bool {
        let (x, y) = ((east - self.east) / self.width * 2.0, (north - self.north) / self.height * 2.0);
        if self.round { x.hypot(y) <= 1.0 } else { x.abs() <= 1.0 && y.abs() <= 1.0 }
    }
}

/// How the raster lies on the ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Lie {
    /// North up, UTM 33.
    Utm,
    /// UTM 33, the picture turned by so many degrees.
    Turned(f64),
    /// UTM 33, the first row in the south.
    SouthUp,
    /// Longitude and latitude.
    Geographic,
    /// Web Mercator at 60° north, where its metres are half ground metres.
    Mercator,
    /// No place at all: pixels.
    Nowhere,
}

/// A raster with objects.
#[derive(Debug, Clone)]
pub struct Landscape {
    pub size: [usize; 2],
    /// Metres a pixel.
    pub pixel: f64,
    pub lie: Lie,
    /// Pixels by which the middle of the landscape lies right of and below the middle of the raster.
    pub shift: [f64; 2],
    pub objects: Vec<Object>,
}

impl Landscape {
    pub fn new(size: [usize; 2], objects: Vec<Object>) -> Self {
        Self { size, pixel: 1.0, lie: Lie::Utm, shift: [0.0; 2], objects }
    }

    fn place(&self) -> (Option<[f64; 6]>, Option<&'static str>) {
        let [width, height] = self.size.map(|side| side as f64 / 2.0);
        let around = |x: f64, y: f64, t: [f64; 4]| {
            let [a, b, c, d] = t;
            Some([x - a * width - b * height, a, b, y - c * width - d * height, c, d])
        };
        let p = self.pixel;
        match self.lie {
            Lie::Utm => (around(500_000.0, 5_000_000.0, [p, 0.0, 0.0, -p]), Some("EPSG:32633")),
            Lie::SouthUp => (around(500_000.0, 5_000_000.0, [p, 0.0, 0.0, p]), Some("EPSG:32633")),
            Lie::Turned(degrees) => {
                let (sin, cos) = degrees.to_radians().sin_cos();
                (around(500_000.0, 5_000_000.0, [p * cos, p * sin, p * sin, -p * cos]), Some("EPSG:32633"))
            }
            Lie::Geographic => (around(15.0, 45.0, [p / 78_847.0, 0.0, 0.0, -p / 111_132.0]), Some("EPSG:4326")),
            Lie::Mercator => {
                let (wgs84, mercator) = (Crs::wgs84().unwrap(), Crs::from_user("EPSG:3857").unwrap());
                let (mut x, mut y) = ([15.0], [60.0]);
                transform_points(&wgs84, &mercator, &mut x, &mut y).unwrap();
                (around(x[0], y[0], [2.0 * p, 0.0, 0.0, -2.0 * p]), Some("EPSG:3857"))
            }
            Lie::Nowhere => (None, None),
        }
    }

    fn georeference(&self) -> Georeference {
        let (transform, crs) = self.place();
        Georeference::new(transform, crs.map(|crs| Crs::from_user(crs).unwrap()))
    }

    /// Metres (east, north) of a pixel position: flat, by the scale and the north of the middle.
    fn ground(&self) -> impl Fn([f64; 2]) -> [f64; 2] {
        let [x, y] = self.size.map(|side| side as f64 / 2.0);
        let place = self.georeference();
        let metres = place.metres_per_pixel_at(x, y).unwrap_or([self.pixel; 2]);
        let north = place.north_in_pixels_at(x, y).unwrap_or([0.0, -1.0]);
        let north = [north[0] * metres[0], north[1] * metres[1]];
        let length = north[0].hypot(north[1]);
        let north = north.map(|part| part / length);
        // A south-up picture is a mirror: east is right all the same.
        let east = if self.lie == Lie::SouthUp { [1.0, 0.0] } else { [-north[1], north[0]] };
        let shift = self.shift;
        move |[column, row]| {
            let step = [(column - x - shift[0]) * metres[0], (row - y - shift[1]) * metres[1]];
            [east, north].map(|axis| axis[0] * step[0] + axis[1] * step[1])
        }
    }

    /// Which object a polygon in scene pixels is, by a point inside it.
    pub fn which(&self, outline: &Polygon<f64>) -> Option<usize> {
        let point = geo::InteriorPoint::interior_point(outline)?;
        let [east, north] = self.ground()([point.x(), point.y()]);
        self.objects.iter().position(|object| object.covers(east, north))
    }

    /// Paints it as a GeoTIFF. Tiles without an object are left to the ground's colour, whatever the size.
    pub fn paint(&self, path: &Path) {
        let [width, height] = self.size;
        let options = ["TILED=YES", "COMPRESS=DEFLATE", "ZLEVEL=1", "PHOTOMETRIC=RGB"];
        let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
        let options = RasterCreationOptions::from_iter(options);
        let mut dataset = driver.create_with_band_type_with_options::<u8, _>(path, width, height, 3, &options).unwrap();
        let (transform, crs) = self.place();
        if let Some(transform) = transform {
            dataset.set_geo_transform(&transform).unwrap();
        }
        if let Some(crs) = crs {
            dataset.set_spatial_ref(&SpatialRef::from_definition(crs).unwrap()).unwrap();
        }
        let ground = self.ground();
        let strip = 256;
        for top in (0..height).step_by(strip) {
            let rows = strip.min(height - top);
            let mut bands = vec![vec![0u8; width * rows]; 3];
            for row in 0..rows {
                for column in 0..width {
                    let [east, north] = ground([column as f64 + 0.5, (top + row) as f64 + 0.5]);
                    let object = self.objects.iter().find(|object| object.covers(east, north));
                    let grain = ((column * 7 + (top + row) * 13) % 17) as u8;
                    let colour = object.map_or([100 + grain; 3], |object| object.kind.colour());
                    for (band, value) in bands.iter_mut().zip(colour) {
                        band[row * width + column] = value;
                    }
                }
            }
            for (number, band) in bands.into_iter().enumerate() {
                let mut buffer = Buffer::new((width, rows), band);
                dataset.rasterband(number + 1).unwrap().write((0, top as isize), (width, rows), &mut buffer).unwrap();
            }
        }
        dataset.close().unwrap();
    }

    pub fn open(&self, path: &Path) -> Scene {
        self.paint(path);
        Scene::open(path.to_str().unwrap(), Access::LocalOnly).unwrap()
    }
}

/// A network that knows the colours of [`Kind`]: certain where it sees one, and nowhere else.
#[derive(Debug)]
pub struct Painted {
    /// Views it looked at; a view that was recalled is not looked at.
    pub views: AtomicUsize,
    /// Stops this job after so many views.
    pub stop: Option<(Job, usize)>,
    pub trained: Trained,
}

impl Default for Painted {
    fn default() -> Self {
        Self { views: AtomicUsize::new(0), stop: None, trained: [0.5, 1.5] }
    }
}

impl Painted {
    pub fn looked_at(&self) -> usize {
        self.views.load(Ordering::Relaxed)
    }
}

impl Segmenter for Painted {
    type Question = [u8; 3];
    type Sight = View;

    fn label(&self) -> String {
        "painted 0".into()
    }

    fn hash(&self) -> &str {
        "painted"
    }

    fn trained_at(&self, _class: &str) -> Trained {
        self.trained
    }

    fn was_taught(&self, _class: &str) -> bool {
        true
    }

    fn read(&self, asked: &Asked) -> Result<[u8; 3]> {
        let first = Kind::ALL
            .into_iter()
            .filter_map(|kind| Some((asked.sentence.find(kind.word())?, kind)))
            .min_by_key(|(at, _)| *at);
        Ok(first.map_or([1, 2, 3], |(_, kind)| kind.colour()))
    }

    fn see(&self, view: &View) -> Result<View> {
        let before = self.views.fetch_add(1, Ordering::Relaxed);
        if let Some((job, after)) = &self.stop
            && before + 1 >= *after
        {
            job.cancel();
        }
        Ok(view.clone())
    }

    fn answer(&self, view: &View, questions: &[[u8; 3]]) -> Result<Vec<Tile>> {
        let tile = |colour: &[u8; 3]| {
            let is_it = |pixel: &[u8]| pixel.iter().zip(colour).all(|(a, b)| a.abs_diff(*b) <= 50);
            let probability: Vec<f32> =
                view.rgb.chunks_exact(3).map(|pixel| if is_it(pixel) { 0.97 } else { 0.0 }).collect();
            let presence = Some(if probability.iter().any(|p| *p > 0.0) { 0.99 } else { 0.01 });
            Tile { width: view.width, height: view.height, probability, presence }
        };
        Ok(questions.iter().map(tile).collect())
    }

    /// The sentence speaks where the object is; the object speaks evenly; the position speaks by how green it is.
    fn attention(&self, view: &View, colour: &[u8; 3]) -> Result<[Tile; Branch::COUNT]> {
        let [mut sentence] = <[Tile; 1]>::try_from(self.answer(view, &[*colour])?).unwrap();
        let rest = |strength: &dyn Fn(&[u8]) -> f32| Tile {
            probability: view.rgb.chunks_exact(3).map(strength).collect(),
            ..sentence.clone()
        };
        let (object, position) = (rest(&|_| 0.4), rest(&|pixel| 0.1 + f32::from(pixel[1]) / 512.0));
        sentence.probability.iter_mut().for_each(|p| *p = 0.3 + 0.6 * *p);
        Ok([sentence, object, position])
    }

    fn keep(&self, view: &View) -> Option<Vec<u8>> {
        Some(view.rgb.clone())
    }

    fn recall(&self, [width, height]: [usize; 2], bytes: &[u8]) -> Result<View> {
        Ok(View { rgb: bytes.to_vec(), valid: vec![true; width * height], width, height })
    }
}

/// Whether a point in scene pixels lies in a polygon.
pub fn holds(outline: &Polygon<f64>, x: f64, y: f64) -> bool {
    outline.contains(&Point::new(x, y))
}
