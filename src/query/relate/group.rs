//! Things that lie together: a pair, a group, a row.
//!
//! | word | degree |
//! |---|---|
//! | pair | near, times how alike in size (smaller over larger, root), times how much nearer than a third: `t / (t + d)` by centres |
//! | group | of a thing: how near its second nearest in the group is; a group has three or more |
//! | row | of a chain of three or more: the least of its links, each near and straight on (`cos²` of one and a half times the turn) |
//!
//! Of several arrangements the one with the greatest degree times the mean membership of its things is taken; a group counts the more
//! the larger it is, or the nearer its size to the number the phrase says.

use geo::Coord;

use crate::query::relate::grade::{falls, points_along, rises};
use crate::query::relate::near::nearness;
use crate::query::relate::neighbours::{Neighbour, Neighbours};
use crate::query::relate::outline::{Gap, Outline, length};
use crate::query::relate::stage::{Stage, angle_between};
use crate::text::Grouping;

/// How many neighbours of a thing are tried for its partner or for the next in a row.
const TRIED: usize = 6;

/// Things that lie together, and how well.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrangement {
    /// Indices of the things and the degree of each.
    pub members: Vec<(usize, f64)>,
    /// Degree times mean membership: what arrangements are compared by.
    merit: f64,
}

/// Things that may be arranged.
struct Crowd<'a> {
    /// Index of each in the caller's list.
    indices: Vec<usize>,
    /// How far each is meant by the other words.
    memberships: Vec<f64>,
    near: Neighbours<'a>,
    stage: &'a Stage<'a>,
}

/// The best arrangement of things; `None` if there is none. `memberships` say how far each thing is meant by the other words;
/// those of 0 do not count. `asked` is the number the phrase says.
pub fn arrange(
    grouping: Grouping,
    outlines: &[&Outline],
    memberships: &[f64],
    asked: Option<u32>,
    stage: &Stage,
) -> Option<Arrangement> {
    let indices: Vec<usize> = (0..outlines.len()).filter(|&index| memberships[index] > 0.0).collect();
    let crowd = Crowd {
        near: Neighbours::new(indices.iter().map(|&index| outlines[index])),
        memberships: indices.iter().map(|&index| memberships[index]).collect(),
        indices,
        stage,
    };
    let arrangements = match grouping {
        Grouping::Pair => crowd.pairs(),
        Grouping::Group => crowd.groups(asked),
        Grouping::Row => crowd.rows(),
    };
    let best = arrangements.into_iter().reduce(|best, next| if next.merit > best.merit { next } else { best })?;
    Some(Arrangement {
        members: best.members.iter().map(|(place, degree)| (crowd.indices[*place], *degree)).collect(),
        ..best
    })
}

impl Crowd<'_> {
    fn neighbours(&self, place: usize, count: usize) -> Vec<Neighbour> {
        self.near.nearest(self.near.outline(place), count, |other| other != place)
    }

    fn nearness(&self, a: usize, b: usize, gap: &Gap) -> f64 {
        nearness(self.near.outline(a).size(), self.near.outline(b), gap.distance, self.stage)
    }

    fn arrangement(&self, members: Vec<(usize, f64)>, factor: f64) -> Arrangement {
        let count = members.len().max(1) as f64;
        let mean = members.iter().map(|(place, degree)| degree * self.memberships[*place]).sum::<f64>() / count;
        Arrangement { members, merit: mean * factor }
    }

    fn pairs(&self) -> Vec<Arrangement> {
        let near: Vec<Vec<Neighbour>> = (0..self.near.len()).map(|place| self.neighbours(place, TRIED)).collect();
        let all = (0..near.len()).flat_map(|a| near[a].iter().map(move |b| (a, b)));
        all.map(|(a, b)| {
            let apart = |p: usize, q: usize| length(self.near.outline(p).centroid() - self.near.outline(q).centroid());
            let thirds = [a, b.place].into_iter().flat_map(|end| near[end].iter().map(move |third| (end, third.place)));
            let third =
                thirds.filter(|(_, third)| *third != a && *third != b.place).map(|(end, third)| apart(end, third));
            let third = third.fold(f64::INFINITY, f64::min);
            let alone =
                if third.is_finite() { third / (third + apart(a, b.place)).max(f64::MIN_POSITIVE) } else { 1.0 };
            let (small, large) = ordered(self.near.outline(a).area(), self.near.outline(b.place).area());
            let alike = if large > 0.0 { (small / large).sqrt() } else { 1.0 };
            let degree = self.nearness(a, b.place, &b.gap) * alike * alone;
            self.arrangement(vec![(a, degree), (b.place, degree)], 1.0)
        })
        .collect()
    }

    fn groups(&self, asked: Option<u32>) -> Vec<Arrangement> {
        let near: Vec<Vec<(usize, f64)>> = (0..self.near.len())
            .map(|place| {
                let neighbours = self.neighbours(place, TRIED);
                neighbours.iter().map(|other| (other.place, self.nearness(place, other.place, &other.gap))).collect()
            })
            .collect();
        components(&near)
            .into_iter()
            .filter(|members| members.len() >= 3)
            .map(|members| {
                let count = members.len() as f64;
                let factor = match asked {
                    Some(asked) => falls((count / f64::from(asked.max(1))).ln().abs(), 1.5_f64.ln(), 2),
                    None => rises(count, 3.0, 2),
                };
                let second = |place: usize| near[place].get(1).map_or(0.0, |(_, nearness)| *nearness);
                self.arrangement(members.into_iter().map(|place| (place, second(place))).collect(), factor)
            })
            .collect()
    }

    fn rows(&self) -> Vec<Arrangement> {
        let starts = (0..self.near.len()).flat_map(|a| self.neighbours(a, 3).into_iter().map(move |b| (a, b)));
        starts
            .filter_map(|(a, b)| {
                let degree = self.nearness(a, b.place, &b.gap);
                let (ahead, ahead_degree) = self.follow(a, b.place);
                let (behind, behind_degree) = self.follow(b.place, a);
                let chain: Vec<usize> = behind.into_iter().rev().chain([a, b.place]).chain(ahead).collect();
                let degree = degree.min(ahead_degree).min(behind_degree);
                let factor = rises(chain.len() as f64, 3.0, 2);
                (chain.len() >= 3)
                    .then(|| self.arrangement(chain.into_iter().map(|place| (place, degree)).collect(), factor))
            })
            .collect()
    }

    /// The row that goes on from `from` over `to`: what follows, and the least degree of its links.
    fn follow(&self, from: usize, to: usize) -> (Vec<usize>, f64) {
        let (mut from, mut to) = (from, to);
        let (mut chain, mut least) = (Vec::new(), 1.0_f64);
        let centre = |place: usize| self.near.outline(place).centroid();
        while chain.len() < self.near.len() {
            let heading: Coord<f64> = centre(to) - centre(from);
            let links = self.neighbours(to, TRIED).into_iter().map(|next| {
                let turn = angle_between(heading, centre(next.place) - centre(to));
                let straight = points_along(turn, std::f64::consts::FRAC_PI_6);
                (next.place, straight * self.nearness(to, next.place, &next.gap))
            });
            let Some((next, degree)) = links.reduce(|best, link| if link.1 > best.1 { link } else { best }) else {
                break;
            };
            if degree < 0.5 || next == from || chain.contains(&next) {
                break;
            }
            chain.push(next);
            least = least.min(degree);
            (from, to) = (to, next);
        }
        (chain, least)
    }
}

/// Which things hang together by links that hold by half.
fn components(near: &[Vec<(usize, f64)>]) -> Vec<Vec<usize>> {
    let mut component: Vec<Option<usize>> = vec![None; near.len()];
    let mut links: Vec<Vec<usize>> = vec![Vec::new(); near.len()];
    for (a, others) in near.iter().enumerate() {
        for &(b, _) in others.iter().filter(|(_, nearness)| *nearness >= 0.5) {
            links[a].push(b);
            links[b].push(a);
        }
    }
    let mut found: Vec<Vec<usize>> = Vec::new();
    for start in 0..near.len() {
        if component[start].is_some() {
            continue;
        }
        let mut members = vec![start];
        component[start] = Some(found.len());
        let mut next = 0;
        while let Some(&place) = members.get(next) {
            next += 1;
            for &linked in &links[place] {
                if component[linked].is_none() {
                    component[linked] = Some(found.len());
                    members.push(linked);
                }
            }
        }
        found.push(members);
    }
    found
}

fn ordered(a: f64, b: f64) -> (f64, f64) {
    if a <= b { (a, b) } else { (b, a) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::relate::stage::FlatGround;
    use geo::Rect;

    fn best(grouping: Grouping, centres: &[(f64, f64)], asked: Option<u32>) -> Vec<usize> {
        let square =
            |&(x, y): &(f64, f64)| Outline::new(&Rect::new((x - 5., y - 5.), (x + 5., y + 5.)).to_polygon()).unwrap();
        let outlines: Vec<Outline> = centres.iter().map(square).collect();
        let stage = Stage::new(Rect::new((0., 0.), (500., 500.)), &FlatGround::PIXELS);
        let references: Vec<&Outline> = outlines.iter().collect();
        let arrangement = arrange(grouping, &references, &vec![1.0; centres.len()], asked, &stage);
        let mut members: Vec<usize> =
            arrangement.into_iter().flat_map(|one| one.members).map(|(index, _)| index).collect();
        members.sort_unstable();
        members
    }

    #[test]
    fn the_pair_is_two_together_and_apart_from_the_rest() {
        let centres = [(50., 50.), (200., 200.), (214., 200.), (400., 60.), (414., 60.), (428., 60.)];
        assert_eq!(best(Grouping::Pair, &centres, None), [1, 2], "three in a row are no pair");
        assert!(best(Grouping::Pair, &[(1., 1.)], None).is_empty());
    }

    #[test]
    fn the_group_is_where_most_lie_together_or_as_many_as_asked() {
        let four = [(50., 50.), (65., 50.), (50., 65.), (65., 65.)];
        let seven = [(300., 300.), (315., 300.), (330., 300.), (300., 315.), (315., 315.), (330., 315.), (315., 330.)];
        let centres: Vec<_> = four.iter().chain(&seven).chain(&[(450., 20.)]).copied().collect();
        assert_eq!(best(Grouping::Group, &centres, None), [4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(best(Grouping::Group, &centres, Some(4)), [0, 1, 2, 3]);
    }

    #[test]
    fn the_row_is_straight() {
        let row = [(50., 50.), (68., 54.), (86., 58.), (104., 62.), (122., 66.)];
        let heap = [(300., 300.), (317., 311.), (300., 322.)];
        let centres: Vec<_> = row.iter().chain(&heap).copied().collect();
        assert_eq!(best(Grouping::Row, &centres, None), [0, 1, 2, 3, 4]);
        assert!(best(Grouping::Row, &heap, None).is_empty());
    }
}
