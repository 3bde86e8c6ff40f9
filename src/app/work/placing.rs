//! A document on the map: the way between its coordinates and the map's, and its labels as the map draws them.

use std::collections::BTreeMap;
use std::sync::Arc;

use geo::{BoundingRect, Coord, MultiPolygon, Polygon, Rect};

use crate::app::map::{MapPolygon, Polygons};
use crate::app::state::{Kept, Place, absence, part_id};
use crate::error::{Error, Result};
use crate::project::{Document, Of, Phrasing};
use crate::raster::{Crs, Reprojection};
use crate::vector::{PolygonReprojection, Ruler, Size};

/// The way between a document's coordinates and the map's.
pub(super) enum Way {
    /// They are the same.
    Same,
    /// There is a way.
    Through(Box<Ways>),
    /// There is none, for this reason.
    Nowhere(String),
}

pub(super) struct Ways {
    shape_to_map: PolygonReprojection,
    shape_to_document: PolygonReprojection,
    point_to_document: Reprojection,
}

impl Way {
    /// The way between a document in `crs` and a map at `place`.
    pub(super) fn new(place: &Place, crs: Option<&Crs>) -> Self {
        let nowhere = |why: &str| Self::Nowhere(why.to_owned());
        match (&place.crs, crs) {
            (None, None) => Self::Same,
            (Some(map), Some(document)) if map == document => Self::Same,
            (Some(map), Some(document)) => {
                let ways = || {
                    Ok(Ways {
                        shape_to_map: PolygonReprojection::new(document, map)?,
                        shape_to_document: PolygonReprojection::new(map, document)?,
                        point_to_document: Reprojection::new(map, document)?,
                    })
                };
                ways()
                    .map_or_else(|error: Error| Self::Nowhere(error.to_string()), |ways| Self::Through(Box::new(ways)))
            }
            (None, Some(_)) => nowhere("the map has no coordinate system and the project has one"),
            (Some(_), None) => nowhere("the map has a coordinate system and the project has none"),
        }
    }

    fn missing(why: &str) -> Error {
        Error::new(
            "cannot draw into the project",
            why,
            "open a raster of the project first, or make a new project for this map",
        )
    }

    /// A shape of the map in the document's coordinates.
    ///
    /// # Errors
    /// Where there is no way, or a corner has no place there.
    pub(super) fn to_document(&self, shape: &MultiPolygon<f64>) -> Result<MultiPolygon<f64>> {
        match self {
            Self::Same => Ok(shape.clone()),
            Self::Through(ways) => ways.shape_to_document.shape(shape),
            Self::Nowhere(why) => Err(Self::missing(why)),
        }
    }

    /// A line of the map in the document's coordinates.
    ///
    /// # Errors
    /// As [`Self::to_document`].
    pub(super) fn line_to_document(&self, line: &[Coord<f64>]) -> Result<Vec<Coord<f64>>> {
        match self {
            Self::Same => Ok(line.to_vec()),
            Self::Through(ways) => {
                let (mut xs, mut ys): (Vec<f64>, Vec<f64>) = line.iter().map(|at| (at.x, at.y)).unzip();
                ways.point_to_document.transform(&mut xs, &mut ys)?;
                Ok(xs.into_iter().zip(ys).map(|(x, y)| Coord { x, y }).collect())
            }
            Self::Nowhere(why) => Err(Self::missing(why)),
        }
    }

    /// The upright rectangle around a rectangle of the map.
    ///
    /// # Errors
    /// As [`Self::to_document`].
    pub(super) fn frame_to_document(&self, frame: Rect<f64>) -> Result<Rect<f64>> {
        let shape = self.to_document(&frame.to_polygon().into())?;
        shape.bounding_rect().ok_or_else(|| Self::missing("what is seen of the map has no size"))
    }

    /// A shape of the document on the map, where it has a place there.
    fn to_map(&self, shape: &MultiPolygon<f64>) -> Option<MultiPolygon<f64>> {
        match self {
            Self::Same => Some(shape.clone()),
            Self::Through(ways) => ways.shape_to_map.shape(shape).ok(),
            Self::Nowhere(_) => None,
        }
    }
}

/// What was worked out of one label or area: it holds as long as its shape does.
struct Drawn {
    shape: MultiPolygon<f64>,
    on_map: Option<MultiPolygon<f64>>,
    size: f64,
}

/// Draws a document, and works out anew only what has changed.
#[derive(Default)]
pub(super) struct Drawing {
    drawn: BTreeMap<Of, Drawn>,
    ruler: Option<Ruler>,
}

impl Drawing {
    /// Forgets where everything lies on the map.
    pub(super) fn forget(&mut self) {
        self.drawn.clear();
    }

    /// What a document holds, and how it lies on the map.
    ///
    /// # Errors
    /// When the document cannot be read.
    pub(super) fn of(&mut self, document: &Document, way: &Way) -> Result<Kept> {
        let snapshot = document.snapshot()?;
        if self.ruler.is_none() {
            // Where nothing can be measured, sizes are those of the coordinates.
            self.ruler = Ruler::new(document.crs()).or_else(|_| Ruler::new(None)).ok();
        }
        let (mut labels, mut areas, mut sizes, mut unplaced) = (Vec::new(), Vec::new(), BTreeMap::new(), 0);
        let mut before = std::mem::take(&mut self.drawn);
        let mut add = |of: Of, fid: i64, shape: &MultiPolygon<f64>, label: String, list: &mut Vec<MapPolygon>| {
            let known = before.remove(&of).filter(|known| known.shape == *shape);
            let drawn = known.unwrap_or_else(|| Drawn {
                shape: shape.clone(),
                on_map: way.to_map(shape),
                size: size(self.ruler.as_ref(), shape),
            });
            match &drawn.on_map {
                Some(shape) => list.extend(shape.iter().enumerate().map(|(part, polygon)| MapPolygon {
                    id: part_id(fid, part),
                    polygon: polygon.clone(),
                    label: label.clone(),
                })),
                None => unplaced += 1,
            }
            sizes.insert(of, drawn.size);
            self.drawn.insert(of, drawn);
        };
        for area in &snapshot.areas {
            let name = area.phrases.first().map_or_else(String::new, |phrase| absence(&phrase.text));
            add(Of::Area(area.id), area.id.fid(), &area.shape, name, &mut areas);
        }
        for label in &snapshot.labels {
            let name = name(&label.phrases, label.class.as_deref());
            add(Of::Label(label.id), label.id.fid(), &label.shape, name, &mut labels);
        }
        Ok(Kept {
            snapshot: Arc::new(snapshot),
            labels: Arc::new(Polygons::new(labels)),
            areas: Arc::new(Polygons::new(areas)),
            sizes: Arc::new(sizes),
            unplaced,
        })
    }
}

/// What a label is called on the map.
fn name(phrases: &[Phrasing], class: Option<&str>) -> String {
    phrases.first().map_or_else(|| class.unwrap_or_default().to_owned(), |phrase| phrase.text.clone())
}

fn size(ruler: Option<&Ruler>, shape: &MultiPolygon<f64>) -> f64 {
    let of = |polygon: &Polygon<f64>| match ruler?.measure(polygon).ok()?.size {
        Size::Metres { area_m2, .. } => Some(area_m2),
        Size::Pixels { area_px, .. } => Some(area_px),
    };
    shape.iter().filter_map(of).sum()
}
