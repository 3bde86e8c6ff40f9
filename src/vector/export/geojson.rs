//! GeoJSON as RFC 7946 has it: WGS 84, exteriors counter-clockwise, cut at the antimeridian, no more digits than needed.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;

use geo::orient::{Direction, Orient};
use geo::{Coord, LineString, MapCoords, MultiPolygon, Polygon};
use serde_json::{Map, json};

use super::staging::Staging;
use super::{Layer, antimeridian, layer};
use crate::error::{Error, Result};
use crate::files;
use crate::job::Job;
use crate::raster::{Crs, CrsKind};
use crate::vector::features::{Row, Table, Value};

/// Decimals of coordinates: a centimetre on the ground, or finer where a polygon would not survive the rounding.
const DEGREES: [i32; 3] = [7, 9, 12];
/// The same for metres, feet and pixels.
const LENGTHS: [i32; 3] = [3, 6, 9];

/// The member that says what coordinates are that are no longitudes and latitudes.
const SPACE: &str = "coordinate_space";
/// What it says of a picture without georeference.
const PIXELS: &str = "pixels of the picture, x to the right and y down from its upper left corner";

/// Whether a file of ours begins with the statement that it is in pixels, which OGR passes over: to it all GeoJSON is in
/// degrees.
pub(in crate::vector) fn is_in_pixels(path: &Path) -> std::io::Result<bool> {
    let mut head = Vec::new();
    File::open(path)?.take(1_000).read_to_end(&mut head)?;
    Ok(String::from_utf8_lossy(&head).contains(&format!("\"{SPACE}\":\"{PIXELS}\"")))
}

pub(super) fn write(layer: &Layer<'_>, path: &Path, job: &Job) -> Result<()> {
    let staging = Staging::beside(path)?;
    let file = File::create(staging.path()).map_err(|error| files::refusal(path, error))?;
    let mut file = BufWriter::new(file);
    let outcome = write_collection(layer, &mut file, job)?.and_then(|()| file.flush());
    outcome.map_err(|error| files::refusal(path, error))?;
    drop(file);
    staging.publish(&[])
}

fn write_collection(layer: &Layer<'_>, file: &mut impl Write, job: &Job) -> Result<std::io::Result<()>> {
    let geographic = layer.crs.as_ref().is_some_and(|crs| crs.kind() == CrsKind::Geographic);
    let wgs84 = layer.crs.as_ref() == Some(&Crs::wgs84()?);
    let decimals = if geographic { DEGREES } else { LENGTHS };
    let mut head = Map::new();
    head.insert("type".into(), json!("FeatureCollection"));
    match &layer.crs {
        None => {
            head.insert(SPACE.into(), json!(PIXELS));
        }
        Some(crs) if !wgs84 => {
            if layer.usual {
                head.insert(SPACE.into(), json!(format!("local grid {}", crs.name())));
            }
            head.insert("crs".into(), json!({ "type": "name", "properties": { "name": crs_name(crs) } }));
        }
        Some(_) => {}
    }
    head.insert("name".into(), json!(layer.table.name()));
    // The head is an object that stays open for its features, one a line.
    let mut text = serde_json::Value::Object(head).to_string();
    text.pop();
    text.push_str(",\"features\":[");
    for (place, (row, shape)) in layer.table.rows().iter().zip(&layer.shapes).enumerate() {
        if place % 1_000 == 0 {
            job.check("writing")?;
        }
        let shape = if wgs84 { antimeridian::cut(shape.clone()).orient(Direction::Default) } else { shape.clone() };
        text.push_str(if place == 0 { "\n" } else { ",\n" });
        write_feature(layer.table, row, &rounded(&shape, decimals), &mut text)
            .map_err(|error| Error::new("cannot write GeoJSON", error.to_string(), ""))?;
        if let Err(error) = file.write_all(text.as_bytes()) {
            return Ok(Err(error));
        }
        text.clear();
    }
    text.push_str("\n]}\n");
    Ok(file.write_all(text.as_bytes()))
}

/// The name that GDAL and QGIS read, the definition where there is no code.
fn crs_name(crs: &Crs) -> String {
    match crs.code().and_then(|code| code.split_once(':')) {
        Some((authority, code)) => format!("urn:ogc:def:crs:{authority}::{code}"),
        None => crs.wkt().to_owned(),
    }
}

fn write_feature(table: &Table, row: &Row, shape: &MultiPolygon<f64>, text: &mut String) -> std::fmt::Result {
    let properties: Map<String, serde_json::Value> = table
        .fields()
        .iter()
        .zip(&row.values)
        .map(|(field, value)| {
            let value = match value {
                Value::Text(text) => json!(text),
                // JSON has no word for what is not finite: json! makes null of it.
                Value::Real(number) => json!(number),
                Value::Integer(number) => json!(number),
                Value::Bool(yes) => json!(yes),
                Value::Null => json!(null),
            };
            (field.name.clone(), value)
        })
        .collect();
    write!(text, "{{\"type\":\"Feature\",\"properties\":{},\"geometry\":", serde_json::Value::Object(properties))?;
    match &shape.0[..] {
        [] => text.push_str("null"),
        [polygon] => {
            text.push_str("{\"type\":\"Polygon\",\"coordinates\":");
            write_polygon(polygon, text)?;
            text.push('}');
        }
        polygons => {
            text.push_str("{\"type\":\"MultiPolygon\",\"coordinates\":[");
            for (place, polygon) in polygons.iter().enumerate() {
                text.push_str(if place == 0 { "" } else { "," });
                write_polygon(polygon, text)?;
            }
            text.push_str("]}");
        }
    }
    text.push('}');
    Ok(())
}

fn write_polygon(polygon: &Polygon<f64>, text: &mut String) -> std::fmt::Result {
    for (place, ring) in std::iter::once(polygon.exterior()).chain(polygon.interiors()).enumerate() {
        text.push_str(if place == 0 { "[[" } else { ",[" });
        for (place, Coord { x, y }) in ring.0.iter().enumerate() {
            text.push_str(if place == 0 { "" } else { "," });
            write!(text, "[{x},{y}]")?;
        }
        text.push(']');
    }
    text.push(']');
    Ok(())
}

/// Coordinates with as few decimals as leave each polygon valid.
fn rounded(shape: &MultiPolygon<f64>, decimals: [i32; 3]) -> MultiPolygon<f64> {
    let round = |polygon: &Polygon<f64>, decimals: i32| {
        let scale = 10f64.powi(decimals);
        // Adding zero turns -0 into 0.
        let round = |value: f64| (value * scale).round() / scale + 0.0;
        let mut polygon = polygon.map_coords(|Coord { x, y }| Coord { x: round(x), y: round(y) });
        polygon.exterior_mut(|ring: &mut LineString<f64>| ring.0.dedup());
        polygon.interiors_mut(|rings| rings.iter_mut().for_each(|ring| ring.0.dedup()));
        polygon
    };
    let [usual, fine, finest] = decimals;
    let round_one = |polygon: &Polygon<f64>| {
        let mut tried = [usual, fine].into_iter().map(|decimals| round(polygon, decimals));
        tried.find(layer::is_valid).unwrap_or_else(|| round(polygon, finest))
    };
    MultiPolygon(shape.iter().map(round_one).collect())
}
