//! An answer as the map shows it: outlines and probabilities in the map's coordinates.

use std::sync::Arc;

use geo::{MultiPolygon, Polygon};

use crate::app::map::{MapPolygon, Polygons, ProbabilityGrid};
use crate::app::state::{Drawn, ObjectEdit, Place, Question, Refine, edited};
use crate::error::Result;
use crate::query::{Answer, Found, Glimpse, Hearing, Lattice};
use crate::raster::Georeference;
use crate::vector::{Field, PolygonReprojection};

/// Draws an answer anew with other limits, with the changes by hand made again.
///
/// # Errors
/// As [`Hearing::answer`], and where the raster is gone.
pub(super) fn refined(
    question: &Question,
    hearing: &Hearing,
    refine: &Refine,
    edits: &[ObjectEdit],
    place: &Place,
) -> Result<Drawn> {
    let scene = question.scene.open()?;
    let mut answer = hearing.answer(&scene, &question.options(refine))?;
    answer.found = edited(answer.found, edits, &answer.georeference)?;
    drawn(answer, place)
}

/// An answer as the map shows it. Objects that have no place in the map are not drawn, but stay in the answer.
///
/// # Errors
/// Where no way leads from the scene's coordinates to the map's.
pub fn drawn(answer: Answer, place: &Place) -> Result<Drawn> {
    let ids: Vec<u64> = (1..=answer.found.len() as u64).collect();
    let way = Way::new(&answer.georeference, place)?;
    let polygons = answer.found.iter().zip(&ids).filter_map(|(found, id)| way.polygon(found, *id)).collect();
    Ok(Drawn {
        grid: grid(&answer, place),
        answer: Arc::new(answer),
        ids: Arc::new(ids),
        polygons: Arc::new(Polygons::new(polygons)),
    })
}

/// One object as the map shows it; `None` where it has no place in the map.
///
/// # Errors
/// Where no way leads from the scene's coordinates to the map's.
pub fn on_map(found: &Found, id: u64, georeference: &Georeference, place: &Place) -> Result<Option<MapPolygon>> {
    Ok(Way::new(georeference, place)?.polygon(found, id))
}

/// From a scene's coordinates to the map's.
enum Way {
    Nowhere,
    Same,
    Other(Box<PolygonReprojection>),
}

impl Way {
    fn new(georeference: &Georeference, place: &Place) -> Result<Self> {
        if georeference.transform.is_none() != place.in_pixels {
            return Ok(Self::Nowhere);
        }
        Ok(match (&georeference.crs, &place.crs) {
            (Some(from), Some(to)) if from != to => Self::Other(Box::new(PolygonReprojection::new(from, to)?)),
            _ => Self::Same,
        })
    }

    fn polygon(&self, found: &Found, id: u64) -> Option<MapPolygon> {
        let polygon: Polygon<f64> = match self {
            Self::Nowhere => return None,
            Self::Same => found.outline.clone(),
            Self::Other(way) => way.shape(&MultiPolygon(vec![found.outline.clone()])).ok()?.0.into_iter().next()?,
        };
        Some(MapPolygon { id, polygon, label: format!("{:.2}", found.instance.score) })
    }
}

/// The probabilities of an answer as tiles, where the map has a place for them.
fn grid(answer: &Answer, place: &Place) -> Option<ProbabilityGrid> {
    let mut grid = empty_grid(&answer.georeference, &answer.lattice, answer.probability.size(), place)?;
    fill(&mut grid, &*answer.probability);
    Some(grid)
}

/// Adds to the probabilities of a running query what a glimpse shows, where the map has a place for them. Targets of another
/// resolution than the first cannot be shown with it.
pub(super) fn grow(
    grown: &mut Option<(Lattice, ProbabilityGrid)>,
    glimpse: &Glimpse<'_>,
    scene: &Georeference,
    place: &Place,
) -> Option<ProbabilityGrid> {
    if grown.is_none() {
        let grid = empty_grid(scene, &glimpse.lattice, glimpse.size(), place)?;
        *grown = Some((glimpse.lattice, grid));
    }
    let (_, grid) = grown.as_mut().filter(|(lattice, _)| *lattice == glimpse.lattice)?;
    fill(grid, glimpse);
    Some(grid.clone())
}

/// Where probabilities of a scene lie on the map, none of them above 0 yet; `None` where the map has no place for them.
pub(super) fn empty_grid(
    scene: &Georeference,
    lattice: &Lattice,
    size: [i64; 2],
    place: &Place,
) -> Option<ProbabilityGrid> {
    if scene.transform.is_none() != place.in_pixels {
        return None;
    }
    let at_origin = lattice.origin == [0.0, 0.0] && lattice.level.step == [1.0, 1.0];
    let georeference = match scene.transform {
        Some(_) => Georeference::new(Some(lattice.geotransform(scene)), scene.crs.clone()),
        // Without a place on Earth a lattice can only lie on the pixels themselves.
        None if at_origin => scene.clone(),
        None => return None,
    };
    let [Some(width), Some(height)] = size.map(|side| u32::try_from(side).ok()) else { return None };
    Some(ProbabilityGrid::new(georeference, [width, height]))
}

/// Sets the tiles of a field's blocks.
pub(super) fn fill(grid: &mut ProbabilityGrid, field: &impl Field) {
    let side = i64::from(ProbabilityGrid::TILE);
    let mut row = vec![0f32; side as usize];
    let mut tile = vec![0u8; (side * side) as usize];
    for block in field.blocks() {
        let at = [block.x.div_euclid(side), block.y.div_euclid(side)];
        for (y, bytes) in (at[1] * side..).zip(tile.chunks_exact_mut(side as usize)) {
            field.read_row(at[0] * side, y, &mut row);
            for (byte, value) in bytes.iter_mut().zip(&row) {
                *byte = (value.clamp(0.0, 1.0) * 255.0).round() as u8;
            }
        }
        let [Ok(x), Ok(y)] = at.map(u32::try_from) else { continue };
        // Blocks lie on the lattice, so each has its tile.
        let _ = grid.set_tile([x, y], &tile);
    }
}
