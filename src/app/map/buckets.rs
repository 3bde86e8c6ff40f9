//! Corners of a polygon by place, to find those that may lie in a triangle.

use super::triangulate::Point;

/// Nodes by place.
pub(super) struct Buckets {
    min: Point,
    cell: f64,
    columns: usize,
    rows: usize,
    /// Where the nodes of a cell begin in `nodes`.
    starts: Vec<u32>,
    nodes: Vec<u32>,
}

impl Buckets {
    pub(super) fn of(points: &[Point], nodes: impl Iterator<Item = usize> + Clone) -> Self {
        let count = nodes.clone().count();
        let far = |point: Point, by: fn(f64, f64) -> f64, from: Point| [by(point[0], from[0]), by(point[1], from[1])];
        let min = nodes.clone().fold([f64::INFINITY; 2], |min, node| far(points[node], f64::min, min));
        let max = nodes.clone().fold([f64::NEG_INFINITY; 2], |max, node| far(points[node], f64::max, max));
        let size = [0, 1].map(|axis| (max[axis] - min[axis]).max(0.0));
        // About one node a cell.
        let cell = (size[0] * size[1] / count.max(1) as f64).sqrt().max(size[0].max(size[1]) / 4096.0);
        let cell = if cell > 0.0 && cell.is_finite() { cell } else { 1.0 };
        let cells = |length: f64| (length / cell) as usize + 1;
        let (columns, rows) = if count == 0 { (1, 1) } else { (cells(size[0]), cells(size[1])) };
        let mut buckets = Self { min, cell, columns, rows, starts: vec![0; columns * rows + 1], nodes: vec![0; count] };
        for node in nodes.clone() {
            let at = buckets.cell_of(points[node]);
            buckets.starts[at + 1] += 1;
        }
        for at in 0..columns * rows {
            buckets.starts[at + 1] += buckets.starts[at];
        }
        let mut filled = buckets.starts.clone();
        for node in nodes {
            let at = buckets.cell_of(points[node]);
            buckets.nodes[filled[at] as usize] = node as u32;
            filled[at] += 1;
        }
        buckets
    }

    fn index(&self, value: f64, axis: usize) -> usize {
        // A negative number, or none, becomes 0.
        let last = [self.columns, self.rows][axis] - 1;
        (((value - self.min[axis]) / self.cell) as usize).min(last)
    }

    fn cell_of(&self, point: Point) -> usize {
        self.index(point[1], 1) * self.columns + self.index(point[0], 0)
    }

    /// Whether `found` says so of any node in the rectangle around a triangle.
    pub(super) fn any(&self, triangle: [Point; 3], mut found: impl FnMut(usize) -> bool) -> bool {
        if self.nodes.is_empty() {
            return false;
        }
        let range = |axis: usize| {
            let values = triangle.map(|point| point[axis]);
            let low = values.into_iter().fold(f64::INFINITY, f64::min);
            let high = values.into_iter().fold(f64::NEG_INFINITY, f64::max);
            self.index(low, axis)..=self.index(high, axis)
        };
        let columns = range(0);
        range(1).any(|row| {
            let first = self.starts[row * self.columns + columns.start()] as usize;
            let last = self.starts[row * self.columns + columns.end() + 1] as usize;
            self.nodes[first..last].iter().any(|node| found(*node as usize))
        })
    }
}
