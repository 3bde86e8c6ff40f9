//! Objects: connected regions of probability as polygons with a score.

use geo::{Area, BoundingRect, Polygon};

use super::lattice::Lattice;
use super::scanline::runs;
use crate::error::Result;
use crate::vector::{Block, Edges, Field, Tracing, outline, simplify};

/// One object, in scene pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    /// Outline with holes, in scene pixels.
    pub outline: Polygon<f64>,
    /// Mean probability of the pixels inside, 0..=1.
    pub score: f32,
    /// Metres on the ground a view pixel covered where it was found.
    pub gsd_m: Option<f64>,
    /// What was asked for: the canonical class.
    pub class: String,
    /// Why it is meant, word by word; empty where the network alone decided.
    pub evidence: String,
    /// How it lies to the landmark that decided, where one did.
    pub bearing: Option<Bearing>,
}

/// How an object lies to a landmark.
#[derive(Debug, Clone, PartialEq)]
pub struct Bearing {
    /// The landmark, as the network was asked for it: "the harbors".
    pub landmark: String,
    /// Gap between the outlines in ground metres; `None` without georeference.
    pub distance_m: Option<f64>,
    /// Direction from the landmark to the object, in degrees clockwise from true north.
    pub degrees: f64,
}

/// How outlines are drawn from probabilities.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drawing {
    /// Probability of the outline, 0..1.
    pub threshold: f32,
    /// How far an outline may move when it is simplified, in lattice pixels.
    pub tolerance: f64,
    /// Area of the smallest hole that stays one, in lattice pixels.
    pub smallest_hole: f64,
    /// Rectangle of the lattice at which outlines end.
    pub frame: Block,
}

/// How probable an object must be somewhere: 0.8 where its outline is drawn at 0.5, between that outline and certainty in the same
/// proportion above, in proportion to the outline below, so that a low threshold still finds what is faint.
fn core(threshold: f32) -> f32 {
    const SHARE: f32 = 0.6;
    (threshold * (1.0 + SHARE)).min(threshold + SHARE * (1.0 - threshold))
}

/// The objects of a field of probabilities, in a fixed order. What is nowhere much surer than at its outline is a speck and none
/// (hysteresis, as in Canny, "A computational approach to edge detection", 1986, section VIII).
///
/// # Errors
/// When the threshold is not above 0.
pub fn instances(field: &impl Field, class: &str, lattice: &Lattice, drawing: Drawing) -> Result<Vec<Instance>> {
    let tracing = Tracing { threshold: drawing.threshold, edges: Edges::Smooth, frame: Some(drawing.frame) };
    let core = core(drawing.threshold);
    let (traced, scores): (Vec<_>, Vec<_>) = outline(field, &tracing)?
        .into_iter()
        .filter_map(|polygon| {
            let Inside { mean, highest } = inside(field, &polygon);
            (highest >= core).then_some((polygon, mean))
        })
        .unzip();
    let instance = |(polygon, score): (&Polygon<f64>, f32)| Instance {
        outline: lattice.scene_polygon(polygon),
        score,
        gsd_m: lattice.level.gsd_m,
        class: class.to_owned(),
        evidence: String::new(),
        bearing: None,
    };
    let kept: Vec<Polygon<f64>> = simplify(&traced, drawing.tolerance)
        .into_iter()
        .map(|polygon| without_holes_below(drawing.smallest_hole, polygon))
        .collect();
    Ok(kept.iter().zip(scores).map(instance).collect())
}

/// The polygon with its holes smaller than `area` closed.
fn without_holes_below(area: f64, polygon: Polygon<f64>) -> Polygon<f64> {
    let (exterior, mut holes) = polygon.into_inner();
    holes.retain(|hole| Polygon::new(hole.clone(), Vec::new()).unsigned_area() >= area);
    Polygon::new(exterior, holes)
}

/// Values of the pixels inside a polygon.
struct Inside {
    mean: f32,
    highest: f32,
}

/// Values of the pixels whose centres lie inside a polygon in lattice coordinates. A polygon so small that it holds no centre
/// takes the value of the pixel its first vertex lies in.
fn inside(field: &impl Field, polygon: &Polygon<f64>) -> Inside {
    let (mut sum, mut count, mut highest) = (0f64, 0u64, 0f32);
    runs(polygon, |y, columns| {
        for x in columns {
            let value = field.value(x, y);
            sum += f64::from(value);
            highest = highest.max(value);
            count += 1;
        }
    });
    if count > 0 {
        return Inside { mean: (sum / count as f64) as f32, highest };
    }
    let first = polygon.exterior().0.first().copied().unwrap_or_default();
    let value = field.value(first.x.floor() as i64, first.y.floor() as i64);
    Inside { mean: value, highest: value }
}

/// Mean value of the pixels inside a polygon in lattice coordinates.
pub fn mean_inside(field: &impl Field, polygon: &Polygon<f64>) -> f32 {
    inside(field, polygon).mean
}

/// How much larger than a window, across, an object must be to be taken from the coarser level.
const LARGE: f64 = 0.75;
/// Share of a large object that the finer level has to cover to be preferred.
const COVERED: f64 = 0.6;

/// Joins what a coarser level found with what the finer one found. Only objects larger than three quarters of a window of
/// the finer level (`window_px` scene pixels across) are taken from the coarser level, and only where the finer one
/// did not see most of them; what the finer level saw of such an object is left out.
pub fn join_levels(mut fine: Vec<Instance>, coarse: Vec<Instance>, window_px: [f64; 2]) -> Vec<Instance> {
    use geo::{BooleanOps, Intersects};
    for large in coarse {
        let Some(bounds) = large.outline.bounding_rect() else { continue };
        if bounds.width() < LARGE * window_px[0] && bounds.height() < LARGE * window_px[1] {
            continue;
        }
        let area = large.outline.unsigned_area();
        let shares: Vec<f64> = fine
            .iter()
            .map(|instance| {
                if !instance.outline.intersects(&large.outline) {
                    return 0.0;
                }
                instance.outline.intersection(&large.outline).unsigned_area()
            })
            .collect();
        if shares.iter().sum::<f64>() >= COVERED * area {
            continue;
        }
        let mut shares = shares.into_iter();
        fine.retain(|instance| shares.next().unwrap_or(0.0) < 0.5 * instance.outline.unsigned_area());
        fine.push(large);
    }
    fine
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::resolution::Level;
    use geo::{Rect, coord};

    struct Ramp;
    impl Field for Ramp {
        fn value(&self, x: i64, _: i64) -> f32 {
            x as f32 / 100.0
        }
        fn blocks(&self) -> Vec<Block> {
            vec![Block { x: 0, y: 0, width: 100, height: 100 }]
        }
    }

    fn square(left: f64, top: f64, side: f64) -> Polygon<f64> {
        Rect::new(coord! { x: left, y: top }, coord! { x: left + side, y: top + side }).to_polygon()
    }

    fn instance(outline: Polygon<f64>) -> Instance {
        Instance { outline, score: 0.9, gsd_m: Some(1.0), class: "tank".into(), evidence: String::new(), bearing: None }
    }

    #[test]
    fn the_score_is_the_mean_of_the_pixels_inside() {
        // Columns 10..20 hold 0.10..0.19.
        assert!((mean_inside(&Ramp, &square(10.0, 5.0, 10.0)) - 0.145).abs() < 1e-6);
        assert!((mean_inside(&Ramp, &square(10.1, 5.1, 0.2)) - 0.10).abs() < 1e-6, "smaller than a pixel");
    }

    /// Round hills whose probability rises to the given height in their middle, 30 pixels apart.
    struct Hills([f32; 3]);
    impl Field for Hills {
        fn value(&self, x: i64, y: i64) -> f32 {
            let hill = (x / 30).clamp(0, 2);
            let away = ((x - 30 * hill - 15) as f32).hypot((y - 10) as f32);
            self.0[hill as usize] * (1.0 - (away / 12.0).powi(2)).max(0.0)
        }
        fn blocks(&self) -> Vec<Block> {
            vec![Block { x: 0, y: 0, width: 90, height: 20 }]
        }
    }

    #[test]
    fn what_is_nowhere_much_surer_than_at_its_outline_is_no_object() {
        let lattice = Lattice { origin: [0.0, 0.0], level: Level { step: [1.0, 1.0], gsd_m: None } };
        let found = |threshold: f32| {
            let frame = Block { x: 0, y: 0, width: 90, height: 20 };
            let drawing = Drawing { threshold, tolerance: 0.0, smallest_hole: 0.0, frame };
            instances(&Hills([0.7, 0.85, 0.4]), "tank", &lattice, drawing).unwrap().len()
        };
        assert_eq!([found(0.2), found(0.4), found(0.5), found(0.7)], [3, 2, 1, 0]);
    }

    #[test]
    fn a_hole_does_not_count() {
        let ring =
            Polygon::new(square(0.0, 0.0, 30.0).exterior().clone(), vec![square(10.0, 0.5, 20.0).exterior().clone()]);
        let without = mean_inside(&Ramp, &ring);
        assert!(without < mean_inside(&Ramp, &square(0.0, 0.0, 30.0)));
    }

    #[test]
    fn only_holes_below_the_limit_are_closed() {
        let ring = |left: f64, side: f64| square(left, 1.0, side).exterior().clone();
        let polygon = Polygon::new(ring(0.0, 100.0), vec![ring(10.0, 2.0), ring(50.0, 10.0)]);
        let areas = |limit: f64| without_holes_below(limit, polygon.clone()).unsigned_area();
        assert_eq!([areas(0.0), areas(5.0), areas(101.0)], [9_896.0, 9_900.0, 10_000.0]);
    }

    #[test]
    fn a_large_object_replaces_its_pieces() {
        let fine = vec![instance(square(0.0, 0.0, 50.0)), instance(square(900.0, 900.0, 20.0))];
        let joined = join_levels(fine, vec![instance(square(0.0, 0.0, 600.0))], [480.0, 480.0]);
        let areas: Vec<f64> = joined.iter().map(|i| i.outline.unsigned_area()).collect();
        assert_eq!(areas, [400.0, 360_000.0]);
    }

    #[test]
    fn the_finer_outline_is_kept_where_it_saw_the_whole_object() {
        let fine = vec![instance(square(0.0, 0.0, 590.0))];
        assert_eq!(join_levels(fine.clone(), vec![instance(square(0.0, 0.0, 600.0))], [480.0, 480.0]), fine);
    }

    #[test]
    fn small_objects_of_the_coarser_level_are_left_out() {
        assert_eq!(join_levels(Vec::new(), vec![instance(square(0.0, 0.0, 100.0))], [480.0, 480.0]), []);
    }
}
