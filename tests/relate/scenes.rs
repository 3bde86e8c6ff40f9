//! Phrases over the building footprints of two real scenes, against selections computed apart from the program.

use std::collections::BTreeMap;
use std::f64::consts::PI;

use geo::{Coord, LineString, Polygon, Rect, coord};
use referent::query::relate::{Candidate, Ground, Instances, Stage};
use serde::Deserialize;

use crate::{ask_on, indices};

const WGS84_A: f64 = 6_378_137.0;
const WGS84_E2: f64 = 0.006_694_379_990_14;

/// A scene in web Mercator, scaled to be near ground metres at its centre and turned by an angle: the plane of its stage.
struct MercatorScene {
    centre: Coord<f64>,
    scale: f64,
    /// Degrees by which the picture is turned clockwise.
    turned: f64,
}

impl MercatorScene {
    fn new(west: f64, north: f64, width: f64, height: f64, turned: f64) -> Self {
        let centre = coord! { x: west + width / 2.0, y: north - height / 2.0 };
        let latitude = 2.0 * (centre.y / WGS84_A).exp().atan() - PI / 2.0;
        Self { centre, scale: latitude.cos(), turned }
    }

    fn to_plane(&self, longitude: f64, latitude: f64) -> Coord<f64> {
        let x = WGS84_A * longitude.to_radians();
        let y = WGS84_A * (PI / 4.0 + latitude.to_radians() / 2.0).tan().ln();
        let (east, south) = ((x - self.centre.x) * self.scale, (self.centre.y - y) * self.scale);
        let (sin, cos) = self.turned.to_radians().sin_cos();
        coord! { x: cos * east - sin * south, y: sin * east + cos * south }
    }

    /// Longitude and latitude in radians.
    fn to_earth(&self, point: Coord<f64>) -> (f64, f64) {
        let (sin, cos) = self.turned.to_radians().sin_cos();
        let (east, south) = (cos * point.x + sin * point.y, cos * point.y - sin * point.x);
        let (x, y) = (self.centre.x + east / self.scale, self.centre.y - south / self.scale);
        (x / WGS84_A, 2.0 * (y / WGS84_A).exp().atan() - PI / 2.0)
    }

    /// Metres east and north from `p` to `q`, by the radii of curvature at their mean latitude.
    fn step(&self, p: Coord<f64>, q: Coord<f64>) -> (f64, f64) {
        let ((lon_p, lat_p), (lon_q, lat_q)) = (self.to_earth(p), self.to_earth(q));
        let latitude = f64::midpoint(lat_p, lat_q);
        let w2 = 1.0 - WGS84_E2 * latitude.sin().powi(2);
        let east = (lon_q - lon_p) * latitude.cos() * WGS84_A / w2.sqrt();
        let north = (lat_q - lat_p) * WGS84_A * (1.0 - WGS84_E2) / w2.powf(1.5);
        (east, north)
    }
}

impl Ground for MercatorScene {
    fn distance_m(&self, p: Coord<f64>, q: Coord<f64>) -> Option<f64> {
        let (east, north) = self.step(p, q);
        Some(east.hypot(north))
    }

    fn bearing_deg(&self, p: Coord<f64>, q: Coord<f64>) -> f64 {
        let (east, north) = self.step(p, q);
        east.atan2(north).to_degrees().rem_euclid(360.0)
    }
}

#[derive(Deserialize)]
struct Expected {
    scene: String,
    phrase: String,
    word: String,
    kind: String,
    expected: Vec<usize>,
    /// Gap between the one that is found and its landmark.
    metres: Option<f64>,
}

#[derive(Deserialize)]
struct Footprints {
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    properties: Properties,
    geometry: Geometry,
}

#[derive(Deserialize)]
struct Properties {
    id: usize,
    roof: Option<String>,
}

#[derive(Deserialize)]
struct Geometry {
    coordinates: Vec<Vec<(f64, f64)>>,
}

/// Buildings of a scene with the ground they stand on.
struct Town {
    ground: MercatorScene,
    frame: Rect<f64>,
    instances: Instances,
    ids: Vec<usize>,
}

impl Town {
    fn open(name: &str, turned: f64) -> Self {
        // From the geotransforms of the two rasters: west, north, size in map units.
        let (west, north, width, height) = match name {
            "banepa" => (
                9_519_926.124_805_562,
                3_202_940.796_233_74,
                3072.0 * 0.149_291_070_869_485,
                4096.0 * 0.149_291_070_869_485,
            ),
            _ => (
                3_627_854.236_471_035,
                38_830.010_368_869,
                1024.0 * 0.074_645_535_434_742,
                1024.0 * 0.074_645_535_434_742,
            ),
        };
        let ground = MercatorScene::new(west, north, width, height, turned);
        let half = coord! { x: width * ground.scale / 2.0, y: height * ground.scale / 2.0 };
        let text = std::fs::read_to_string(fixture(&format!("{name}_buildings.geojson"))).unwrap();
        let footprints: Footprints = serde_json::from_str(&text).unwrap();
        let candidate = |feature: &Feature| {
            let ring: LineString<f64> =
                feature.geometry.coordinates[0].iter().map(|&(lon, lat)| ground.to_plane(lon, lat)).collect();
            Candidate::certain(Polygon::new(ring, Vec::new()))
        };
        let tiled = footprints.features.iter().filter(|feature| feature.properties.roof.is_some()).map(candidate);
        let all: Vec<Candidate> = footprints.features.iter().map(candidate).collect();
        let mut instances =
            Instances::new().with("the tiled buildings", tiled.collect()).with("the harbors", Vec::new());
        for question in [
            "the buildings",
            "the large buildings",
            "the small buildings",
            "the round buildings",
            "the rectangular buildings",
        ] {
            instances = instances.with(question, all.clone());
        }
        let ids = footprints.features.iter().map(|feature| feature.properties.id).collect();
        Self { frame: Rect::new(coord! { x: -half.x, y: -half.y }, half), ground, instances, ids }
    }

    fn select(&self, phrase: &str) -> Vec<usize> {
        let selection = ask_on(phrase, &self.instances, &Stage::new(self.frame, &self.ground));
        let mut ids: Vec<usize> = indices(&selection).into_iter().map(|index| self.ids[index]).collect();
        ids.sort_unstable();
        ids
    }
}

fn fixture(name: &str) -> String {
    format!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/relate/{}"), name)
}

fn phrases() -> Vec<Expected> {
    serde_json::from_str(&std::fs::read_to_string(fixture("phrases.json")).unwrap()).unwrap()
}

/// Harmonic mean of precision and recall; 1 if both are empty.
fn f1(found: &[usize], expected: &[usize]) -> f64 {
    let hits = found.iter().filter(|id| expected.contains(id)).count();
    let all = found.len() + expected.len();
    if all == 0 { 1.0 } else { 2.0 * hits as f64 / all as f64 }
}

#[test]
fn phrases_select_the_buildings_that_were_computed_apart() {
    let towns: BTreeMap<_, _> = ["banepa", "kampala_market"].map(|name| (name, Town::open(name, 0.0))).into();
    let mut by_word: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for case in phrases() {
        let found = towns[case.scene.as_str()].select(&case.phrase);
        let score = f1(&found, &case.expected);
        by_word.entry(case.word.clone()).or_default().push(score);
        // A direction by centroids and one by shortest ways differ at the borders of its sector.
        let needed = if case.kind == "exact" { 1.0 } else { 0.85 };
        if score < needed {
            wrong.push(format!(
                "{} / {}: F1 {score:.3}, {} found, {} expected",
                case.scene,
                case.phrase,
                found.len(),
                case.expected.len()
            ));
        }
    }
    for (word, scores) in &by_word {
        println!("{word:<28} {:>2} phrases, F1 {:.3}", scores.len(), scores.iter().sum::<f64>() / scores.len() as f64);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn turning_the_picture_changes_no_answer_without_frame_words() {
    let frame_words =
        ["left", "right", "upper", "lower", "top", "bottom", "middle", "half", "third", "below", "corner"];
    for name in ["banepa", "kampala_market"] {
        let (straight, turned) = (Town::open(name, 0.0), Town::open(name, 140.0));
        for case in phrases().iter().filter(|case| case.scene == name) {
            if !case.phrase.split([' ', ',']).any(|word| frame_words.iter().any(|frame| word.starts_with(frame))) {
                assert_eq!(straight.select(&case.phrase), turned.select(&case.phrase), "{}", case.phrase);
            }
        }
    }
}

#[test]
fn what_the_scene_does_not_have_is_said() {
    let town = Town::open("kampala_market", 0.0);
    let outcome =
        |phrase: &str| ask_on(phrase, &town.instances, &Stage::new(town.frame, &town.ground)).outcome.to_string();
    assert_eq!(outcome("the building near the harbor"), "no harbor found");
    assert_eq!(outcome("the 99th largest building"), "the phrase asks for number 99, there are 98");
    assert_eq!(outcome("the buildings at least 500 m from the largest building"), "none of them is as the phrase says");
}

#[test]
fn distances_in_the_evidence_are_those_on_the_ground() {
    // Banepa lies at 27.6° north, where a metre of web Mercator is 0.886 m on the ground; its picture is turned as well.
    let mut compared = 0;
    for case in phrases().into_iter().filter(|case| case.metres.is_some()) {
        let town = Town::open(&case.scene, 33.0);
        let selection = ask_on(&case.phrase, &town.instances, &Stage::new(town.frame, &town.ground));
        let landmark = selection.chosen[0].evidence.iter().find_map(|evidence| evidence.landmark.as_ref()).unwrap();
        let (found, expected) = (landmark.distance_m.unwrap(), case.metres.unwrap());
        // Two metres of difference in 10 km between one radius of curvature for the scene and one for each pair.
        assert!(
            (found - expected).abs() < 0.002 + 2e-4 * expected,
            "{}: {found} m, {expected} m expected",
            case.phrase
        );
        compared += 1;
    }
    assert_eq!(compared, 5);
}
