//! A field of probabilities on the pixel lattice, kept only where there is something.

/// A rectangle of pixels: columns `x .. x + width`, rows `y .. y + height`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Block {
    /// First column.
    pub x: i64,
    /// First row.
    pub y: i64,
    /// Columns.
    pub width: i64,
    /// Rows.
    pub height: i64,
}

impl Block {
    /// The pixels that `self` and `other` share, if any.
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let width = (self.x + self.width).min(other.x + other.width) - x;
        let height = (self.y + self.height).min(other.y + other.height) - y;
        (width > 0 && height > 0).then_some(Self { x, y, width, height })
    }

    /// Whether pixel (x, y) lies in the rectangle.
    pub fn contains(&self, x: i64, y: i64) -> bool {
        (self.x..self.x + self.width).contains(&x) && (self.y..self.y + self.height).contains(&y)
    }
}

/// Probabilities of a scene's pixels. What is not stored is 0; NaN says that the scene has no data there.
pub trait Field {
    /// Probability of pixel (x, y), 0 where nothing is stored.
    fn value(&self, x: i64, y: i64) -> f32;

    /// Disjoint rectangles outside of which every value is 0, in any order.
    fn blocks(&self) -> Vec<Block>;

    /// Probabilities of `values.len()` pixels of row `y` from column `x` on. Worth overriding where a lookup costs.
    fn read_row(&self, x: i64, y: i64, values: &mut [f32]) {
        for (column, value) in (x..).zip(values) {
            *value = self.value(column, y);
        }
    }
}

/// A field that stores every value of one rectangle: a single window, a label mask.
#[derive(Debug, Clone)]
pub struct DenseField {
    block: Block,
    values: Vec<f32>,
}

impl DenseField {
    /// Row-major `values` of the pixels of `block`; `None` where their number differs from the block's pixels.
    pub fn new(block: Block, values: Vec<f32>) -> Option<Self> {
        let pixels = usize::try_from(block.width).ok()?.checked_mul(usize::try_from(block.height).ok()?)?;
        (pixels == values.len()).then_some(Self { block, values })
    }

    fn row(&self, y: i64) -> Option<&[f32]> {
        let width = self.block.width as usize;
        let row = usize::try_from(y.checked_sub(self.block.y)?).ok()?;
        self.values.get(row.checked_mul(width)?..)?.get(..width)
    }
}

impl Field for DenseField {
    fn value(&self, x: i64, y: i64) -> f32 {
        let column = x.checked_sub(self.block.x).and_then(|column| usize::try_from(column).ok());
        self.row(y).zip(column).and_then(|(row, column)| row.get(column)).copied().unwrap_or(0.0)
    }

    fn blocks(&self) -> Vec<Block> {
        vec![self.block]
    }

    fn read_row(&self, x: i64, y: i64, values: &mut [f32]) {
        values.fill(0.0);
        let wanted = Block { x, y, width: values.len() as i64, height: 1 };
        if let (Some(row), Some(shared)) = (self.row(y), self.block.intersection(&wanted)) {
            let (from, to) = ((shared.x - self.block.x) as usize, (shared.x - x) as usize);
            let width = shared.width as usize;
            values[to..to + width].copy_from_slice(&row[from..from + width]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dense_field_is_zero_outside_its_block() {
        let block = Block { x: -1, y: 2, width: 3, height: 2 };
        let field = DenseField::new(block, vec![1., 2., 3., 4., 5., 6.]).unwrap();
        assert_eq!([field.value(-1, 2), field.value(1, 3), field.value(2, 2), field.value(0, 4)], [1., 6., 0., 0.]);
        let mut row = [9.0; 6];
        field.read_row(-3, 3, &mut row);
        assert_eq!(row, [0., 0., 4., 5., 6., 0.]);
        field.read_row(-3, 1, &mut row);
        assert_eq!(row, [0.0; 6]);
    }

    #[test]
    fn a_dense_field_wants_as_many_values_as_pixels() {
        assert!(DenseField::new(Block { x: 0, y: 0, width: 2, height: 2 }, vec![0.0; 3]).is_none());
        assert!(DenseField::new(Block { x: 0, y: 0, width: -1, height: -4 }, vec![0.0; 4]).is_none());
    }
}
