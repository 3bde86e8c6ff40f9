//! Where a grid of pixels lies in a view: which of its pixels are seen, how large they are, and the meshes of its tiles.

use std::collections::HashMap;
use std::sync::Arc;

use super::camera::Bounds;
use super::layer::{GridWay, LayerId, Map};
use super::pyramid::PixelRect;
use super::view::View;
use crate::raster::{Crs, Georeference};

/// In another projection a tile is a mesh so fine that a cell bends by less than this share of a texel.
const BEND: f64 = 0.1;
/// Cells along a side of a mesh, at most.
const MOST_CELLS: u32 = 32;
/// Meshes kept.
const MESHES: usize = 4096;
/// Points along a side of the view that are looked up in a grid of another projection.
const LOOKS: usize = 9;

/// Map coordinates of the corners of a mesh, row after row; `None` where the projection ends.
pub(super) type Mesh = Arc<[Option<[f64; 2]>]>;

/// Where the grids of a map's layers lie.
#[derive(Default)]
pub(super) struct Placements(HashMap<LayerId, Placement>);

impl Placements {
    /// Lets go of what the map has no more.
    pub(super) fn retain(&mut self, map: &Map) {
        self.0.retain(|id, _| map.layer(*id).is_some());
    }

    /// Where the grid of a layer lies; `None` where it has no place in the map.
    pub(super) fn at(
        &mut self,
        id: LayerId,
        georeference: &Georeference,
        size: [u64; 2],
        map: &Map,
    ) -> Option<&mut Placement> {
        let place = self.0.entry(id).or_insert_with(|| Placement::new(georeference, size, map));
        if !place.is_of(georeference, size, map) {
            *place = Placement::new(georeference, size, map);
        }
        Some(place).filter(|place| place.way.is_some())
    }
}

/// A grid of pixels in the map. Kept from frame to frame, for the meshes of another projection are costly.
pub(super) struct Placement {
    georeference: Georeference,
    crs: Option<Crs>,
    in_pixels: bool,
    size: [f64; 2],
    way: Option<GridWay>,
    meshes: HashMap<[u64; 5], Mesh>,
    cells: HashMap<u64, u32>,
}

impl Placement {
    fn new(georeference: &Georeference, size: [u64; 2], map: &Map) -> Self {
        Self {
            georeference: georeference.clone(),
            crs: map.crs.clone(),
            in_pixels: map.in_pixels,
            size: size.map(|pixels| pixels as f64),
            way: GridWay::new(georeference, map),
            meshes: HashMap::new(),
            cells: HashMap::new(),
        }
    }

    /// Whether it was made for this grid in this map.
    fn is_of(&self, georeference: &Georeference, size: [u64; 2], map: &Map) -> bool {
        self.georeference == *georeference
            && self.size == size.map(|pixels| pixels as f64)
            && self.crs == map.crs
            && self.in_pixels == map.in_pixels
    }

    /// Whether its rows and columns run along those of the screen.
    pub(super) fn is_upright(&self) -> bool {
        self.way.as_ref().is_some_and(GridWay::is_affine)
            && self.georeference.transform.is_none_or(|transform| transform[2] == 0.0 && transform[4] == 0.0)
    }

    /// Whether `area` is as wide, and as high, as the whole grid.
    pub(super) fn is_whole(&self, area: PixelRect) -> [bool; 2] {
        [0, 1].map(|axis| area.min[axis] <= 0.0 && area.max[axis] >= self.size[axis])
    }

    /// The pixels that a view shows, all of them and some more; `None` where it shows none.
    pub(super) fn seen(&self, view: &View) -> Option<PixelRect> {
        let way = self.way.as_ref()?;
        let steps = if way.is_affine() { 2 } else { LOOKS };
        let bounds = view.bounds();
        let share = |i: usize, count: usize| i as f64 / (count - 1) as f64;
        let lattice =
            |count: usize| (0..count * count).map(move |i| [share(i % count, count), share(i / count, count)]);
        let at = |shares: [f64; 2]| [0, 1].map(|axis| bounds.min[axis] + shares[axis] * bounds.size()[axis]);
        let looked = lattice(steps).filter_map(|shares| way.pixel(at(shares)));
        // A projection may know no way back from most of the view (the far side of the Earth).
        let own = lattice(if way.is_affine() { 0 } else { LOOKS }).filter_map(|shares| {
            let pixel = [0, 1].map(|axis| shares[axis] * self.size[axis]);
            way.map(pixel).filter(|at| bounds.contains(*at)).map(|_| pixel)
        });
        let found = Bounds::around(looked.chain(own))?;
        let margin = if way.is_affine() { 0.0 } else { 0.1 };
        let rect = PixelRect {
            min: [0, 1].map(|axis| (found.min[axis] - margin * found.size()[axis]).max(0.0)),
            max: [0, 1].map(|axis| (found.max[axis] + margin * found.size()[axis]).min(self.size[axis])),
        };
        (rect.width() > 0.0 && rect.height() > 0.0).then_some(rect)
    }

    /// Map units along a side of a pixel (the mean of both sides) near the middle of what is seen.
    pub(super) fn pixel_size(&self, seen: PixelRect) -> Option<f64> {
        let way = self.way.as_ref()?;
        let middle = [0, 1].map(|axis| (seen.min[axis] + seen.max[axis]) / 2.0);
        let size_at = |[x, y]: [f64; 2]| {
            let [a, b, c] = [way.map([x, y])?, way.map([x + 1.0, y])?, way.map([x, y + 1.0])?];
            let side = |to: [f64; 2]| (to[0] - a[0]).hypot(to[1] - a[1]);
            Some((side(b) * side(c)).sqrt()).filter(|size| size.is_finite() && *size > 0.0)
        };
        size_at(middle).or_else(|| size_at(self.size.map(|pixels| pixels / 2.0)))
    }

    /// Cells along a side of the mesh of a tile that is `side` pixels wide, whose texel is `texel` pixels wide.
    pub(super) fn cells(&mut self, side: f64, texel: f64) -> u32 {
        let Some(way) = self.way.as_ref().filter(|way| !way.is_affine()) else { return 1 };
        let size = self.size;
        *self.cells.entry(side.to_bits()).or_insert_with(|| {
            // How far the middle of a tile's edge or diagonal is from where it were without bending, in texels.
            let bend = |[x, y]: [f64; 2]| {
                let offsets = [[0.0, 0.0], [side, 0.0], [0.0, side], [side, side]];
                let corners = offsets.map(|[dx, dy]| way.map([x + dx, y + dy]));
                let [Some(a), Some(b), Some(c), Some(d)] = corners else { return None };
                let unit = (b[0] - a[0]).hypot(b[1] - a[1]) / side * texel;
                let worst = [(a, b, [0.5, 0.0]), (a, c, [0.0, 0.5]), (b, d, [1.0, 0.5]), (c, d, [0.5, 1.0])]
                    .into_iter()
                    .filter_map(|(from, to, [dx, dy])| {
                        let real = way.map([x + dx * side, y + dy * side])?;
                        let straight = [0, 1].map(|axis| (from[axis] + to[axis]) / 2.0);
                        Some((real[0] - straight[0]).hypot(real[1] - straight[1]) / unit)
                    });
                worst.reduce(f64::max)
            };
            let places = [0.0, 0.5, 1.0].into_iter().flat_map(|y| [0.0, 0.5, 1.0].map(|x| [x, y]));
            let at = |share: [f64; 2]| [0, 1].map(|axis| share[axis] * (size[axis] - side).max(0.0));
            let worst = places.filter_map(|share| bend(at(share))).reduce(f64::max);
            // The bend falls with the square of the cell.
            let cells = (worst.unwrap_or(f64::INFINITY) / BEND).sqrt().ceil();
            if cells.is_finite() { (cells.max(1.0) as u32).next_power_of_two().min(MOST_CELLS) } else { MOST_CELLS }
        })
    }

    /// The mesh over `area`.
    pub(super) fn mesh(&mut self, area: PixelRect, cells: u32) -> Mesh {
        let Some(way) = &self.way else { return Arc::from(Vec::new()) };
        let corners = || {
            (0..=cells)
                .flat_map(|row| (0..=cells).map(move |column| [column, row]))
                .map(|index| {
                    // The far edge exactly: it is the next tile's near edge.
                    let along = |axis: usize| {
                        if index[axis] == cells {
                            return area.max[axis];
                        }
                        area.min[axis] + (area.max[axis] - area.min[axis]) * f64::from(index[axis]) / f64::from(cells)
                    };
                    way.map([along(0), along(1)])
                })
                .collect()
        };
        if way.is_affine() {
            return corners();
        }
        if self.meshes.len() > MESHES {
            self.meshes.clear();
        }
        let key = [area.min[0], area.min[1], area.max[0], area.max[1]].map(f64::to_bits);
        let key = [key[0], key[1], key[2], key[3], u64::from(cells)];
        Arc::clone(self.meshes.entry(key).or_insert_with(corners))
    }
}
