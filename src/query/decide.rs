//! Which of the objects found a phrase means: the bridge from scene pixels to the geometry of [`super::relate`].

use std::fmt::Write as _;

use geo::{MapCoords, Polygon, Rect, coord};

use super::answer::Decided;
use super::colour::appearance;
use super::frame::Frame;
use super::instance::{Bearing, Instance};
use super::relate::{Candidate, Chosen, Decider, Evidence, FlatGround, Instances, Outcome, Stage, relate};
use crate::error::Result;
use crate::raster::{Scene, Stretch};
use crate::text::{AttributeKind, Description, OrderKey, Phrase, RelationKind};

/// Where nothing is as the phrase says, the object that comes closest is still shown from this membership on.
const WORTH_SHOWING: f64 = 0.01;

/// What geometry says.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What is meant, with the reasons in [`Instance::evidence`]. Empty where there is no answer.
    pub instances: Vec<Instance>,
    /// Who decided.
    pub decided: Decided,
    /// What the user should know.
    pub notices: Vec<String>,
}

/// Decides a phrase among what was found for each of its questions ([`Phrase::network_phrases`]).
///
/// The plane is that of the scene's pixels, scaled to metres at the frame's centre; true north is that of the centre too. On
/// a frame of 30 km across, at the scales of UTM and Web Mercator, distances are then right within half a percent.
///
/// # Errors
/// When the scene cannot be read where colours are asked for.
pub fn decide(
    phrase: &Phrase,
    found: &[(String, Vec<Instance>)],
    scene: &Scene,
    stretch: &Stretch,
    frame: &Frame,
) -> Result<Decision> {
    let plane = Plane::on(scene, frame);
    let colours = asks_for_colour(phrase);
    let mut instances = Instances::new();
    for (question, list) in found {
        let candidates = list
            .iter()
            .map(|instance| {
                let seen = if colours { appearance(scene, stretch, &instance.outline)? } else { None };
                Ok(Candidate {
                    outline: plane.polygon(&instance.outline),
                    score: f64::from(instance.score),
                    area_m2: None,
                    appearance: seen,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        instances = instances.with(question.clone(), candidates);
    }
    let stage = Stage::new(plane.rect(frame.bounds), &plane.ground);
    let mut decision = Decision { instances: Vec::new(), decided: Decided::Network, notices: Vec::new() };
    for selection in relate(phrase, &instances, &stage)? {
        decision.decided = decision.decided.and(selection.decided_by);
        decision.notices.extend(selection.notices);
        if !matches!(selection.outcome, Outcome::Found) {
            decision.notices.push(selection.outcome.to_string());
        }
        if !selection.undecidable.is_empty() {
            decision.notices.push(format!("left to the network: {}", selection.undecidable.join(", ")));
        }
        let list = found.iter().find(|(question, _)| *question == selection.question).map_or(&[][..], |(_, l)| l);
        if let Outcome::NoneFits { closest: Some(closest) } = selection.outcome {
            let membership = selection.memberships.get(closest).copied().unwrap_or(0.0);
            if let Some(instance) = list.get(closest).filter(|_| membership >= WORTH_SHOWING) {
                decision.notices.push("the one that comes closest is shown".into());
                let evidence = format!("as the phrase says {membership:.2}");
                decision.instances.push(Instance { evidence, ..instance.clone() });
            }
        }
        decision.instances.extend(selection.chosen.iter().filter_map(|chosen| {
            let instance = list.get(chosen.index)?.clone();
            Some(Instance { evidence: reasons(chosen), bearing: bearing(chosen), ..instance })
        }));
    }
    Ok(decision)
}

/// The evidence for one object in words: "near the harbor 0.80 (412 m, bearing 85)".
fn reasons(chosen: &Chosen) -> String {
    let mut text = String::new();
    for Evidence { words, degree, landmark, rank } in &chosen.evidence {
        let joint = if text.is_empty() { "" } else { "; " };
        // Writing to a string cannot fail.
        let _ = write!(text, "{joint}{words} {degree:.2}");
        if let Some(rank) = rank {
            let _ = write!(text, " (rank {rank})");
        }
        if let Some(landmark) = landmark {
            let distance = landmark.distance_m.map_or(String::new(), |m| format!("{m:.0} m, "));
            let _ = write!(text, " ({distance}bearing {:.0})", landmark.bearing_deg);
        }
    }
    text
}

/// How one object lies to the first landmark that decided.
fn bearing(chosen: &Chosen) -> Option<Bearing> {
    let landmark = chosen.evidence.iter().find_map(|evidence| evidence.landmark.as_ref())?;
    Some(Bearing {
        landmark: landmark.question.clone(),
        distance_m: landmark.distance_m,
        degrees: landmark.bearing_deg,
    })
}

/// Whether any word of the phrase speaks of colour or brightness.
fn asks_for_colour(phrase: &Phrase) -> bool {
    let bright = |key: &OrderKey| matches!(key, OrderKey::Brightest | OrderKey::Darkest);
    let coloured = |description: &&Description| {
        description.noun.attributes.iter().any(|a| matches!(a.kind, AttributeKind::Color | AttributeKind::Tone))
            || description.orders.iter().any(|order| bright(&order.key))
            || description.relations.iter().any(|r| matches!(&r.kind, RelationKind::MoreThan(key) if bright(key)))
    };
    phrase.targets().flat_map(Description::walk).any(|description| coloured(&description))
}

/// The plane geometry works in: scene pixels, scaled to metres at the frame's centre.
struct Plane {
    scale: [f64; 2],
    ground: FlatGround,
}

impl Plane {
    fn on(scene: &Scene, frame: &Frame) -> Self {
        let [x, y] = [0, 1].map(|axis| (frame.bounds[axis] + frame.bounds[axis + 2]) / 2.0);
        let georeference = scene.georeference();
        let Some(scale) = georeference.metres_per_pixel_at(x, y) else {
            return Self { scale: [1.0, 1.0], ground: FlatGround::PIXELS };
        };
        let north = georeference.north_in_pixels_at(x, y).unwrap_or([0.0, -1.0]);
        // y runs down, so "up" is (0, -1).
        let north_deg = (north[0] * scale[0]).atan2(-north[1] * scale[1]).to_degrees();
        let mirrored = georeference.is_mirrored();
        Self { scale, ground: FlatGround { metres_per_unit: Some(1.0), north_deg, mirrored } }
    }

    fn polygon(&self, outline: &Polygon<f64>) -> Polygon<f64> {
        outline.map_coords(|c| coord! { x: c.x * self.scale[0], y: c.y * self.scale[1] })
    }

    fn rect(&self, [left, top, right, bottom]: [f64; 4]) -> Rect<f64> {
        let [x, y] = self.scale;
        Rect::new(coord! { x: left * x, y: top * y }, coord! { x: right * x, y: bottom * y })
    }
}

impl Decided {
    /// Who decided two parts of a phrase together.
    fn and(self, other: Decider) -> Self {
        match (self, other) {
            (Self::Both, _) | (_, Decider::Both) => Self::Both,
            (_, Decider::Geometry) => Self::Both,
            (mine, Decider::Network) => mine,
        }
    }
}
