//! What a query found, and what it looked at to find it.

use std::path::Path;
use std::sync::Arc;

use geo::MultiPolygon;
use serde::Serialize;
use serde_json::json;

use super::frame::FrameKind;
use super::instance::Instance;
use super::lattice::{Lattice, world_polygon};
use super::mosaic::Mosaic;
use super::scanline::runs;
use super::sweep::Report;
use crate::error::Result;
use crate::job::Job;
use crate::raster::Georeference;
use crate::vector::export::{Content, Depth, Placement, write_raster};
use crate::vector::{AttributeField, FieldKind, Measure, Row, Ruler, Size, Table, Value};

/// Who decided which objects are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Decided {
    /// The network alone.
    Network,
    /// Geometry, among the objects the network found.
    Both,
}

impl Decided {
    /// The word results use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Both => "network and geometry",
        }
    }
}

/// An object that was found, measured on the ground.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Outline in scene pixels, score and resolution.
    pub instance: Instance,
    /// Outline in the scene's coordinate system.
    pub outline: geo::Polygon<f64>,
    /// Area, perimeter and centroid.
    pub measure: Measure,
}

/// The answer to a phrase on a scene.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The scene that was asked.
    pub scene: String,
    /// The phrase as it was asked.
    pub phrase: String,
    /// The noun phrases, or the sentence, the network was asked.
    pub asked: Vec<String>,
    /// The part of the scene it speaks about.
    pub frame: FrameKind,
    /// Who decided.
    pub decided: Decided,
    /// What was found, best score first.
    pub found: Vec<Found>,
    /// Probability that the object is there at all, the highest of all windows, where the model says it.
    pub presence: Option<f32>,
    /// Whether that is so low that it is probably not there.
    pub is_probably_absent: bool,
    /// Probabilities on the finest level.
    pub probability: Arc<Mosaic>,
    /// Where the probabilities lie.
    pub lattice: Lattice,
    /// Where the scene lies.
    pub georeference: Georeference,
    /// What became of the windows.
    pub report: Report,
    /// What the user should know about this answer.
    pub notices: Vec<String>,
    /// Name of the model, and the first digits of its hash.
    pub model: String,
}

impl Answer {
    /// The found objects as an attribute table in the scene's coordinate system.
    ///
    /// # Errors
    /// When an outline cannot be represented.
    pub fn table(&self) -> Result<Table> {
        // Without georeference nothing may pretend to be metres.
        let (area, perimeter) = if self.georeference.crs.is_none() {
            (("area_px", "area_px"), ("perimeter_px", "perim_px"))
        } else {
            (("area_m2", "area_m2"), ("perimeter_m", "perim_m"))
        };
        let fields = [
            (("id", "id"), FieldKind::Integer),
            (("class", "class"), FieldKind::Text),
            (("score", "score"), FieldKind::Real),
            (area, FieldKind::Real),
            (perimeter, FieldKind::Real),
            (("centroid_x", "centroid_x"), FieldKind::Real),
            (("centroid_y", "centroid_y"), FieldKind::Real),
            (("scene", "scene"), FieldKind::Text),
            (("phrase", "phrase"), FieldKind::Text),
            (("frame", "frame"), FieldKind::Text),
            (("model", "model"), FieldKind::Text),
            (("decided_by", "decided_by"), FieldKind::Text),
            (("evidence", "evidence"), FieldKind::Text),
            (("gsd_m", "gsd_m"), FieldKind::Real),
        ];
        let fields = fields
            .map(|((name, short), kind)| AttributeField { name: name.into(), short_name: short.into(), kind })
            .into();
        let mut table = Table::new(&self.phrase, self.georeference.crs.clone(), fields)?;
        for (number, found) in self.found.iter().enumerate() {
            let [x, y] = found.measure.centroid_lonlat.unwrap_or(found.measure.centroid);
            let (area, perimeter) = sizes(found.measure.size);
            table.push(Row {
                shape: MultiPolygon(vec![found.outline.clone()]),
                values: vec![
                    Value::Integer(number as i64 + 1),
                    Value::Text(found.instance.class.clone()),
                    Value::Real(round(f64::from(found.instance.score), 4)),
                    Value::Real(round(area, 3)),
                    Value::Real(round(perimeter, 3)),
                    Value::Real(round(x, 8)),
                    Value::Real(round(y, 8)),
                    Value::Text(file_name(&self.scene)),
                    Value::Text(self.phrase.clone()),
                    Value::Text(self.frame.as_str().into()),
                    Value::Text(self.model.clone()),
                    Value::Text(self.decided.as_str().into()),
                    Value::Text(found.instance.evidence.clone()),
                    found.instance.gsd_m.map_or(Value::Null, Value::Real),
                ],
            })?;
        }
        Ok(table)
    }

    /// Writes the found objects as a mask on the lattice they were found on: a Cloud Optimized GeoTIFF of 0 and 1.
    ///
    /// # Errors
    /// When the file cannot be written; the old one is then still there.
    pub fn write_mask(&self, path: &Path, job: &Job) -> Result<()> {
        let [width, height] = self.probability.size();
        let mut mask = Mosaic::new(width, height);
        for found in &self.found {
            mask.fill(&self.lattice.lattice_polygon(&found.instance.outline));
        }
        write_raster(&mask, Content::Mask { threshold: 0.5 }, &self.placement(), path, job)
    }

    /// Writes the probabilities of the finest level as a Cloud Optimized GeoTIFF.
    ///
    /// # Errors
    /// When the file cannot be written; the old one is then still there.
    pub fn write_probability(&self, path: &Path, job: &Job) -> Result<()> {
        write_raster(&*self.probability, Content::Probability(Depth::UInt16), &self.placement(), path, job)
    }

    fn placement(&self) -> Placement {
        let description = json!({
            "program": concat!("referent ", env!("CARGO_PKG_VERSION")),
            "scene": file_name(&self.scene),
            "phrase": self.phrase,
            "frame": self.frame.as_str(),
            "model": self.model,
            "decided_by": self.decided.as_str(),
        });
        self.lattice.placement(self.probability.size(), &self.georeference, &description)
    }

    /// The found objects as a mask of the whole scene, row by row: 255 inside, 0 elsewhere.
    pub fn pixel_mask(&self, width: usize, height: usize) -> Vec<u8> {
        let mut mask = vec![0; width * height];
        for found in &self.found {
            runs(&found.instance.outline, |y, columns| {
                if (0..height as i64).contains(&y) {
                    let row = y as usize * width;
                    let (from, to) = (columns.start.clamp(0, width as i64), columns.end.clamp(0, width as i64));
                    mask[row + from as usize..row + to as usize].fill(255);
                }
            });
        }
        mask
    }

    /// Sum of the areas, with its unit.
    pub fn total_area(&self) -> (f64, &'static str) {
        let unit = if self.georeference.crs.is_none() { "pixels" } else { "m²" };
        (self.found.iter().fold(0.0, |sum, found| sum + sizes(found.measure.size).0), unit)
    }

    /// Measures instances and puts the best score first.
    ///
    /// # Errors
    /// When an outline has no place on Earth in the scene's CRS.
    pub fn measure(instances: Vec<Instance>, georeference: &Georeference) -> Result<Vec<Found>> {
        let ruler = Ruler::new(georeference.crs.as_ref())?;
        let mut found = instances
            .into_iter()
            .map(|instance| {
                let outline = world_polygon(georeference, &instance.outline);
                let mut measure = ruler.measure(&outline)?;
                if georeference.crs.is_none() {
                    // Coordinates without a CRS have no known unit, pixels have.
                    measure.size = ruler.measure(&instance.outline)?.size;
                }
                Ok(Found { measure, outline, instance })
            })
            .collect::<Result<Vec<_>>>()?;
        found.sort_by(|a, b| b.instance.score.total_cmp(&a.instance.score));
        Ok(found)
    }
}

/// Area and perimeter in the unit that is known.
pub(super) fn sizes(size: Size) -> (f64, f64) {
    match size {
        Size::Metres { area_m2, perimeter_m } => (area_m2, perimeter_m),
        Size::Pixels { area_px, perimeter_px } => (area_px, perimeter_px),
    }
}

/// The last part of a path or an address.
pub(super) fn file_name(source: &str) -> String {
    let name = source.trim_end_matches('/').rsplit(['/', '\\']).next().unwrap_or(source);
    name.chars().filter(|c| *c != '\0').take(200).collect()
}

fn round(value: f64, digits: i32) -> f64 {
    let scale = 10f64.powi(digits);
    (value * scale).round() / scale
}
