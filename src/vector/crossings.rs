//! Where the boundary of a thresholded field crosses the lattice of pixel centres, and which way it goes on.
//!
//! Marching squares. A *node* is a pixel centre, a *cell* the square of four neighbouring nodes. The boundary crosses
//! the edge between two nodes when one is inside (value ≥ threshold) and the other is not. Directed with the inside at
//! the side of +x when it goes towards −y (positive shoelace sum around an object), it enters one cell at every
//! crossing, so that a crossing together with the side where it leaves that cell is all there is to know of a contour.
//! Both are integers: contours are the same however the field is cut into blocks.

use super::field::{Block, Field};
use super::outline::Edges;

/// Positions are integers of 2⁻¹⁷ pixel: exact sums, and whole pixels translate exactly.
pub(super) const UNITS_PER_PIXEL: i64 = 1 << 17;
/// Steps of an interpolated crossing between two nodes.
const STEPS: f64 = (1 << 16) as f64;

/// The two directions of lattice edges. Ordered, as the crossings of one row are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Axis {
    /// From node (x, y) to node (x + 1, y).
    Across,
    /// From node (x, y) to node (x, y + 1).
    Down,
}

/// The sides of a cell, clockwise on screen from the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Top,
    Right,
    Bottom,
    Left,
}

/// One crossing of the boundary with a lattice edge, and how it goes on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Crossing {
    pub y: i64,
    pub axis: Axis,
    pub x: i64,
    /// Whether the first node of the edge is the inside one.
    pub first_inside: bool,
    /// Where the boundary leaves the cell it enters here.
    pub exit: Side,
    /// Whether that cell is a saddle: two opposite corners inside, the boundary passes twice.
    pub saddle: bool,
    /// Distance from the first node in 1/65536 of the edge, neither 0 nor 65536 so that contours never touch.
    pub step: u16,
}

impl Crossing {
    /// Identity of the lattice edge, in reading order of rows.
    pub fn key(&self) -> (i64, Axis, i64) {
        (self.y, self.axis, self.x)
    }

    /// The cell that the boundary enters: the node at its upper left.
    pub fn cell(&self) -> (i64, i64) {
        match (self.axis, self.first_inside) {
            (Axis::Across, true) | (Axis::Down, false) => (self.x, self.y),
            (Axis::Across, false) => (self.x, self.y - 1),
            (Axis::Down, true) => (self.x - 1, self.y),
        }
    }

    /// Column of the next crossing of the boundary.
    pub fn next_x(&self) -> i64 {
        self.cell().0 + i64::from(self.exit == Side::Right)
    }
}

/// What the lattice shows of a field: thresholded, and ended by a frame where there is one.
pub(super) struct Lattice<'a, F: Field + ?Sized> {
    pub field: &'a F,
    pub threshold: f32,
    /// With smooth edges the frame has nodes of its own on its very line, with the values of the pixels beside it, so
    /// that an iso-line meets the frame instead of bending away half a pixel before it. With pixel edges the pixels
    /// outside are simply 0.
    pub frame: Option<Block>,
    pub edges: Edges,
}

impl<F: Field + ?Sized> Lattice<'_, F> {
    /// All crossings, sorted by key, each once.
    pub fn crossings(&self) -> Vec<Crossing> {
        let mut found = Vec::new();
        for block in self.field.blocks() {
            if let Some(nodes) = self.nodes_of(block) {
                self.scan(nodes, &mut found);
            }
        }
        // Cells between blocks are seen from both sides and give the same crossing each time.
        found.sort_unstable_by_key(Crossing::key);
        found.dedup_by_key(|crossing| crossing.key());
        found
    }

    /// The nodes whose value the block decides.
    fn nodes_of(&self, block: Block) -> Option<Block> {
        let Some(frame) = self.frame else { return (block.width > 0 && block.height > 0).then_some(block) };
        let mut nodes = block.intersection(&frame)?;
        if self.edges == Edges::Smooth {
            let (right, bottom) = (nodes.x + nodes.width, nodes.y + nodes.height);
            let grow = |meets: bool| i64::from(meets);
            let (left, top) = (grow(nodes.x == frame.x), grow(nodes.y == frame.y));
            nodes.width += left + grow(right == frame.x + frame.width);
            nodes.height += top + grow(bottom == frame.y + frame.height);
            nodes.x -= left;
            nodes.y -= top;
        }
        Some(nodes)
    }

    /// Place in units of a column or row of nodes; `span` is where the frame begins and how many pixels it holds.
    fn place(node: i64, span: Option<(i64, i64)>) -> i64 {
        match span {
            Some((start, _)) if node < start => start * UNITS_PER_PIXEL,
            Some((start, length)) if node >= start + length => (start + length) * UNITS_PER_PIXEL,
            _ => node * UNITS_PER_PIXEL + UNITS_PER_PIXEL / 2,
        }
    }

    /// Where the boundary crosses, in units, by linear interpolation between the nodes.
    pub fn position(&self, crossing: &Crossing) -> (i64, i64) {
        let (columns, rows) = (self.frame.map(|f| (f.x, f.width)), self.frame.map(|f| (f.y, f.height)));
        let (x, y) = (Self::place(crossing.x, columns), Self::place(crossing.y, rows));
        let along = |from: i64, to: i64| from + (to - from) * i64::from(crossing.step) / (1 << 16);
        match crossing.axis {
            Axis::Across => (along(x, Self::place(crossing.x + 1, columns)), y),
            Axis::Down => (x, along(y, Self::place(crossing.y + 1, rows))),
        }
    }

    /// Finds the crossings of all cells that have one of `nodes` as a corner.
    fn scan(&self, nodes: Block, found: &mut Vec<Crossing>) {
        let width = nodes.width as usize + 2;
        let (mut above, mut below) = (vec![0.0; width], vec![0.0; width]);
        self.read_nodes(nodes.x - 1, nodes.y - 1, &mut above);
        for y in nodes.y - 1..nodes.y + nodes.height {
            self.read_nodes(nodes.x - 1, y + 1, &mut below);
            let cells = above.windows(2).zip(below.windows(2));
            for (x, (top, bottom)) in (nodes.x - 1..).zip(cells) {
                self.march(x, y, [top[0], top[1], bottom[1], bottom[0]], found);
            }
            std::mem::swap(&mut above, &mut below);
        }
    }

    /// Values of the nodes of row `y` from column `x` on.
    fn read_nodes(&self, x: i64, y: i64, values: &mut [f32]) {
        match self.frame {
            None => self.field.read_row(x, y, values),
            Some(frame) => {
                let margin = i64::from(self.edges == Edges::Smooth);
                values.fill(0.0);
                let (left, right) = (frame.x - margin, frame.x + frame.width + margin);
                let (from, to) = (x.max(left), (x + values.len() as i64).min(right));
                if y < frame.y - margin || y >= frame.y + frame.height + margin || from >= to {
                    return;
                }
                let row = y.clamp(frame.y, frame.y + frame.height - 1);
                let (first, last) = (from.max(frame.x), to.min(frame.x + frame.width));
                let index = |column: i64| (column - x) as usize;
                if first < last {
                    self.field.read_row(first, row, &mut values[index(first)..index(last)]);
                }
                if from < frame.x {
                    values[index(from)] = self.field.value(frame.x, row);
                }
                if to > frame.x + frame.width {
                    values[index(to - 1)] = self.field.value(frame.x + frame.width - 1, row);
                }
            }
        }
        for value in values {
            // Without data there is no object; infinities would make the interpolation NaN.
            *value = if value.is_nan() { 0.0 } else { value.clamp(f32::MIN, f32::MAX) };
        }
    }

    /// Crossings where the boundary enters cell (x, y); `corners` clockwise from the upper left.
    fn march(&self, x: i64, y: i64, corners: [f32; 4], found: &mut Vec<Crossing>) {
        const SIDES: [Side; 4] = [Side::Top, Side::Right, Side::Bottom, Side::Left];
        let inside = corners.map(|value| value >= self.threshold);
        if inside == [inside[0]; 4] {
            return;
        }
        // Clockwise along the cell: the boundary enters at the sides that go from inside to outside.
        let enters = |side: usize| inside[side] && !inside[(side + 1) % 4];
        let exits = |side: usize| !inside[side] && inside[(side + 1) % 4];
        let saddle = inside[0] == inside[2] && inside[1] == inside[3];
        let step_of_exit = if saddle && self.joins_saddle(corners) { 1 } else { 3 };
        for side in (0..4).filter(|&side| enters(side)) {
            let exit = if saddle { Some((side + step_of_exit) % 4) } else { (0..4).find(|&other| exits(other)) };
            let Some(exit) = exit else { continue };
            let (inner, outer) = (corners[side], corners[(side + 1) % 4]);
            let from_inner = self.step(inner, outer);
            let (key_x, key_y, axis, first_inside) = match SIDES[side] {
                Side::Top => (x, y, Axis::Across, true),
                Side::Right => (x + 1, y, Axis::Down, true),
                Side::Bottom => (x, y + 1, Axis::Across, false),
                Side::Left => (x, y, Axis::Down, false),
            };
            let step = if first_inside { from_inner } else { 0u16.wrapping_sub(from_inner) };
            found.push(Crossing { y: key_y, axis, x: key_x, first_inside, exit: SIDES[exit], saddle, step });
        }
    }

    /// Linear interpolation: the share of the way from the inner to the outer node at which the threshold is met.
    fn step(&self, inner: f32, outer: f32) -> u16 {
        let (inner, outer) = (f64::from(inner), f64::from(outer));
        let share = (inner - f64::from(self.threshold)) / (inner - outer);
        (share * STEPS).round().clamp(1.0, STEPS - 1.0) as u16
    }

    /// Two opposite corners inside: one object where the bilinear surface is inside at the cell's centre, else two.
    /// Pixels that meet at a corner only are never one object.
    fn joins_saddle(&self, [a, b, c, d]: [f32; 4]) -> bool {
        let [a, b, c, d] = [a, b, c, d].map(f64::from);
        self.edges == Edges::Smooth && ((a + c) + (b + d)) / 4.0 >= f64::from(self.threshold)
    }
}
