//! Random pictures of things for the tests of phrases from geometry, and a reader of their own that knows no margins.
#![allow(dead_code)] // Each test binary uses its own part of this.

use proptest::prelude::*;
use proptest::sample::select;
use referent::text::describe::{Point, Scene, Thing};
use referent::text::{AttributeKind, Column, Description, Extent, Number, Order, OrderKey, Place, RelationKind, Row};

pub const WIDTH: f64 = 400.0;
pub const HEIGHT: f64 = 300.0;
pub const ABSENT: [&str; 4] = ["tennis court", "chimney", "golf field", "bridge"];
const CLASSES: [&str; 6] = ["ship", "storage tank", "harbor", "vehicle", "airplane", "swimming pool"];
const COLORS: [[u8; 3]; 5] = [[250, 250, 250], [20, 20, 20], [200, 30, 30], [128, 128, 128], [60, 70, 40]];

/// Things as they lie in labelled pictures: turned boxes and ellipses inside the frame.
pub fn things() -> impl Strategy<Value = Vec<Thing>> {
    let shape = (8.0..70.0f64, 0.25..1.0f64, 0.0..std::f64::consts::PI, any::<bool>());
    let place = (0.0..1.0f64, 0.0..1.0f64);
    let thing = (select(CLASSES.to_vec()), place, shape, prop::option::of(select(COLORS.to_vec())));
    let thing = thing.prop_map(|(class, (u, v), (length, ratio, turn, is_round), color)| {
        let corners = if is_round { 20 } else { 4 };
        let (a, b) = (length / 2.0, length * ratio / 2.0);
        let reach = a.hypot(b);
        let (x, y) = (reach + u * (WIDTH - 2.0 * reach), reach + v * (HEIGHT - 2.0 * reach));
        let corner = |index: usize| -> Point {
            let angle = std::f64::consts::TAU * (index as f64 + 0.5) / corners as f64;
            let grown = if is_round { 1.0 } else { std::f64::consts::SQRT_2 };
            let (p, q) = (a * grown * angle.cos(), b * grown * angle.sin());
            [x + p * turn.cos() - q * turn.sin(), y + p * turn.sin() + q * turn.cos()]
        };
        let thing = Thing::of_outline(class, &(0..corners).map(corner).collect::<Vec<_>>()).unwrap();
        match color {
            Some(color) => thing.with_color(color),
            None => thing,
        }
    });
    prop::collection::vec(thing, 1..10)
}

pub fn scene(things: Vec<Thing>) -> Scene {
    Scene::new(WIDTH, HEIGHT, things, &ABSENT)
}

/// What a description means by the plainest geometry: centroids, halves at one half, no margins, the best of many taken.
pub fn brute(description: &Description, things: &[Thing]) -> Vec<usize> {
    let noun = &description.noun;
    let of_noun: Vec<usize> = (0..things.len()).filter(|&i| things[i].category == noun.class).collect();
    let mut left: Vec<usize> = of_noun
        .iter()
        .copied()
        .filter(|&i| noun.attributes.iter().all(|word| looks(word.kind, &word.value, i, &of_noun, things)))
        .collect();
    for position in &description.positions {
        let place = position.place.unwrap();
        left.retain(|&i| is_at(place, position.extent, &things[i]));
    }
    for relation in &description.relations {
        let marks: Vec<usize> = relation.landmarks.iter().flat_map(|landmark| brute(landmark, things)).collect();
        left.retain(|i| !marks.contains(i));
        if relation.rank.is_some() {
            left.sort_by(|&a, &b| {
                distance(&things[a], &things[marks[0]]).total_cmp(&distance(&things[b], &things[marks[0]]))
            });
            left.truncate(1);
        } else {
            left.retain(|&i| lies(relation.kind, &things[i], &marks, things));
        }
    }
    for order in &description.orders {
        left = ranked(order, left, things);
    }
    if noun.number == Number::One && left.len() > 1 {
        // More than one: nobody knows which.
        return vec![usize::MAX];
    }
    left.sort_unstable();
    left
}

fn ranked(order: &Order, mut left: Vec<usize>, things: &[Thing]) -> Vec<usize> {
    let value = |i: usize| -> f64 {
        let thing = &things[i];
        match order.key {
            OrderKey::Leftmost => thing.centroid[0],
            OrderKey::Rightmost => -thing.centroid[0],
            OrderKey::Topmost => thing.centroid[1],
            OrderKey::Bottommost => -thing.centroid[1],
            OrderKey::Largest => -thing.area,
            OrderKey::Smallest => thing.area,
            OrderKey::Darkest => luma(thing),
            OrderKey::Brightest => -luma(thing),
            other => panic!("{other:?} is never written"),
        }
    };
    left.sort_by(|&a, &b| value(a).total_cmp(&value(b)));
    left.into_iter().skip(order.first as usize - 1).take(order.count.unwrap() as usize).collect()
}

fn luma(thing: &Thing) -> f64 {
    let [r, g, b] = thing.color.unwrap().map(f64::from);
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

fn looks(kind: AttributeKind, word: &str, i: usize, of_noun: &[usize], things: &[Thing]) -> bool {
    if kind == AttributeKind::Size {
        let mut areas: Vec<f64> = of_noun.iter().map(|&other| things[other].area).collect();
        areas.sort_by(f64::total_cmp);
        let ratio = things[i].area / f64::midpoint(areas[areas.len() / 2], areas[(areas.len() - 1) / 2]);
        let share = things[i].area / (WIDTH * HEIGHT);
        return match (word, of_noun.len()) {
            ("large", 1) => share > 0.08,
            ("tiny", 1) => share < 0.003,
            // Beside the mean of two, the larger is at most twice as large.
            ("large", _) => ratio > 1.3,
            ("huge", _) => ratio > if of_noun.len() == 2 { 1.7 } else { 4.0 },
            ("small", _) => ratio < 0.7,
            ("tiny", _) => ratio < 0.3,
            other => panic!("{other:?} is never written"),
        };
    }
    let Some([r, g, b]) = things[i].color.map(|color| color.map(i32::from)) else { return false };
    let spread = r.max(g).max(b) - r.min(g).min(b);
    match word {
        "white" => r.min(g).min(b) > 200,
        "black" => r.max(g).max(b) < 60,
        "gray" => spread < 25 && (70..190).contains(&g),
        "red" => r > g + 50 && r > b + 50,
        "green" => g > r + 30 && g > b + 30,
        "blue" => b > r + 30 && b > g + 30,
        "yellow" => r.min(g) > b + 60,
        other => panic!("{other} is never written"),
    }
}

fn is_at(place: Place, extent: Extent, thing: &Thing) -> bool {
    let (u, v) = (thing.centroid[0] / WIDTH, thing.centroid[1] / HEIGHT);
    let along = |u: f64, low: f64, middle: f64, which: i8| match which {
        -1 => u < low,
        0 => (u - 0.5).abs() < middle,
        _ => 1.0 - u < low,
    };
    let column = place.column.map(|column| match column {
        Column::Left => -1,
        Column::Middle => 0,
        Column::Right => 1,
    });
    let row = place.row.map(|row| match row {
        Row::Top => -1,
        Row::Middle => 0,
        Row::Bottom => 1,
    });
    let both = |low: f64, middle: f64| {
        column.is_none_or(|which| along(u, low, middle, which)) && row.is_none_or(|which| along(v, low, middle, which))
    };
    match extent {
        Extent::Part => both(0.39, 0.18),
        Extent::Far => both(0.15, 0.0),
        Extent::Half | Extent::Quarter => both(0.5, 0.0),
        Extent::Corner => {
            let end = |u: f64, which: i8| if which < 0 { u } else { 1.0 - u };
            end(u, column.unwrap()).hypot(end(v, row.unwrap())) < 0.3
        }
        Extent::Edge => {
            let gap = match (column, row) {
                (Some(-1), _) => thing.bounds[0] / WIDTH,
                (Some(_), _) => 1.0 - thing.bounds[2] / WIDTH,
                (_, Some(-1)) => thing.bounds[1] / HEIGHT,
                _ => 1.0 - thing.bounds[3] / HEIGHT,
            };
            gap < 0.05
        }
        Extent::Third => panic!("thirds are never written"),
    }
}

/// Shortest way between outlines by trying many points on both.
pub fn distance(a: &Thing, b: &Thing) -> f64 {
    let (from, to) = way(a, b);
    (to[0] - from[0]).hypot(to[1] - from[1])
}

fn way(a: &Thing, b: &Thing) -> (Point, Point) {
    let dense = |thing: &Thing| -> Vec<Point> {
        let corners = &thing.outline;
        let steps = 160 / corners.len();
        (0..corners.len() * steps)
            .map(|step| {
                let (p, q) = (corners[step / steps], corners[(step / steps + 1) % corners.len()]);
                let t = (step % steps) as f64 / steps as f64;
                [p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])]
            })
            .collect()
    };
    let (from, to) = (dense(a), dense(b));
    let pairs = from.iter().flat_map(|p| to.iter().map(move |q| (*p, *q)));
    let length = |(p, q): &(Point, Point)| (q[0] - p[0]).hypot(q[1] - p[1]);
    pairs.min_by(|a, b| length(a).total_cmp(&length(b))).unwrap()
}

fn lies(kind: RelationKind, thing: &Thing, marks: &[usize], things: &[Thing]) -> bool {
    let mark = &things[marks[0]];
    let bearing = |x: f64, y: f64| y.atan2(x).to_degrees();
    let off = |a: f64, b: f64| ((a - b + 180.0).rem_euclid(360.0) - 180.0).abs();
    match kind {
        RelationKind::Near => {
            let n = 0.18 * ((thing.area.sqrt() + mark.area.sqrt()) * WIDTH.hypot(HEIGHT)).sqrt();
            distance(thing, mark) < n
        }
        RelationKind::NextTo => distance(thing, mark) < 0.75 * thing.area.sqrt().min(mark.area.sqrt()),
        RelationKind::Direction(place) => {
            let x = place.column.map_or(0.0, |column| if column == Column::Left { -1.0 } else { 1.0 });
            let y = place.row.map_or(0.0, |row| if row == Row::Top { -1.0 } else { 1.0 });
            let seen = bearing(thing.centroid[0] - mark.centroid[0], thing.centroid[1] - mark.centroid[1]);
            off(seen, bearing(x, y)) < if x != 0.0 && y != 0.0 { 30.0 } else { 45.0 }
        }
        RelationKind::Between => {
            let to = |mark: usize| {
                let (from, to) = way(thing, &things[mark]);
                bearing(to[0] - from[0], to[1] - from[1])
            };
            off(to(marks[0]), to(marks[1])) > 133.0
        }
        other => panic!("{other:?} is never written"),
    }
}

/// The description seen in a mirror that swaps left and right.
pub fn mirrored(description: &Description) -> Description {
    let flip = |place: Place| Place {
        column: place.column.map(|column| match column {
            Column::Left => Column::Right,
            Column::Middle => Column::Middle,
            Column::Right => Column::Left,
        }),
        ..place
    };
    let mut seen = description.clone();
    for position in &mut seen.positions {
        position.place = position.place.map(flip);
    }
    for order in &mut seen.orders {
        order.key = match order.key {
            OrderKey::Leftmost => OrderKey::Rightmost,
            OrderKey::Rightmost => OrderKey::Leftmost,
            other => other,
        };
    }
    for relation in &mut seen.relations {
        if let RelationKind::Direction(place) = relation.kind {
            relation.kind = RelationKind::Direction(flip(place));
        }
        for landmark in &mut relation.landmarks {
            *landmark = mirrored(landmark);
        }
    }
    seen
}

/// The thing seen in the mirror.
pub fn mirrored_thing(thing: &Thing) -> Thing {
    let outline: Vec<Point> = thing.outline.iter().map(|[x, y]| [WIDTH - x, *y]).collect();
    let mut seen = Thing::of_outline(thing.category.clone(), &outline).unwrap();
    seen.color = thing.color;
    seen
}
