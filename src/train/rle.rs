//! COCO's run-length masks: runs outside and inside by turns, down the columns, as numbers or as a compressed string.

use serde::{Deserialize, Serialize};

use super::mask::{Mask, PixelBox, Size};
use crate::error::{Error, Result};

/// Most characters a number of the compressed string may take: 5 bits each, and pixel counts fit 32.
const MAX_CHARACTERS: u32 = 8;

/// A mask as run lengths in column-major order. The first run is outside and may be 0; all add up to the picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Record", into = "Record")]
pub struct Rle {
    size: Size,
    counts: Vec<u32>,
}

impl Rle {
    /// Takes run lengths as they are. Refuses runs that do not add up to the picture.
    pub fn from_counts(size: Size, counts: Vec<u32>) -> Result<Self> {
        let total: u64 = counts.iter().map(|&count| u64::from(count)).sum();
        if total != size.pixels() as u64 {
            return Err(malformed(format!("its runs cover {total} pixels of {size}")));
        }
        Ok(Self { size, counts })
    }

    /// Reads COCO's compressed string: numbers in groups of five bits, least significant first, each group one
    /// character from `0` on; from the fourth on, a number is the difference to the one two before.
    pub fn from_compressed(size: Size, text: &str) -> Result<Self> {
        let mut counts: Vec<u32> = Vec::new();
        let mut total = 0u64;
        let (mut value, mut characters) = (0i64, 0u32);
        for byte in text.bytes() {
            let group = match byte {
                48..112 => i64::from(byte - 48),
                _ => return Err(malformed(format!("byte {byte} is not of the compressed alphabet"))),
            };
            value |= (group & 0x1f) << (5 * characters);
            characters += 1;
            if group & 0x20 != 0 {
                if characters == MAX_CHARACTERS {
                    return Err(malformed("a run is longer than any picture".into()));
                }
                continue;
            }
            if group & 0x10 != 0 {
                value |= -1 << (5 * characters);
            }
            if counts.len() > 2 {
                value += i64::from(counts[counts.len() - 2]);
            }
            let count = u32::try_from(value).map_err(|_| malformed(format!("a run has {value} pixels")))?;
            total += u64::from(count);
            if total > size.pixels() as u64 {
                return Err(malformed(format!("its runs cover more than {size} pixels")));
            }
            counts.push(count);
            (value, characters) = (0, 0);
        }
        if characters != 0 {
            return Err(malformed("it ends within a number".into()));
        }
        Self::from_counts(size, counts)
    }

    /// The compressed string of these runs.
    pub fn to_compressed(&self) -> String {
        let mut text = String::new();
        for (index, &count) in self.counts.iter().enumerate() {
            let base = if index > 2 { i64::from(self.counts[index - 2]) } else { 0 };
            let mut value = i64::from(count) - base;
            loop {
                let group = (value & 0x1f) as u8;
                value >>= 5;
                // The last group's highest bit is the sign.
                let more = if group & 0x10 != 0 { value != -1 } else { value != 0 };
                text.push(char::from(48 + (group | if more { 0x20 } else { 0 })));
                if !more {
                    break;
                }
            }
        }
        text
    }

    /// The runs of a mask, each but the first at least one pixel long.
    pub fn from_mask(mask: &Mask) -> Self {
        let size = mask.size();
        let mut counts = Vec::new();
        let (mut inside, mut run) = (false, 0);
        for x in 0..size.width() {
            for y in 0..size.height() {
                if mask.contains(x, y) != inside {
                    counts.push(run);
                    (inside, run) = (!inside, 0);
                }
                run += 1;
            }
        }
        counts.push(run);
        Self { size, counts }
    }

    /// The pixels.
    pub fn to_mask(&self) -> Mask {
        let mut mask = Mask::empty(self.size);
        let height = self.size.height();
        for (start, end) in self.inside() {
            let (mut x, mut y) = (start / height, start % height);
            for _ in start..end {
                mask.insert(x, y);
                y += 1;
                if y == height {
                    (x, y) = (x + 1, 0);
                }
            }
        }
        mask
    }

    /// Width and height.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The run lengths.
    pub fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// How many pixels are inside.
    pub fn area(&self) -> u64 {
        self.inside().map(|(start, end)| u64::from(end - start)).sum()
    }

    /// The smallest rectangle around all pixels inside, or `None` if there is none.
    pub fn bounding_box(&self) -> Option<PixelBox> {
        let height = self.size.height();
        let (mut left, mut right, mut top, mut bottom) = (u32::MAX, 0, u32::MAX, 0);
        for (start, end) in self.inside() {
            let (first, last) = (start / height, (end - 1) / height);
            (left, right) = (left.min(first), right.max(last));
            // A run over a column's end fills the last row of one column and the first of the next.
            let rows = if first == last { (start % height, (end - 1) % height) } else { (0, height - 1) };
            (top, bottom) = (top.min(rows.0), bottom.max(rows.1));
        }
        (left != u32::MAX).then(|| PixelBox { x: left, y: top, width: right - left + 1, height: bottom - top + 1 })
    }

    /// Runs inside as column-major positions `start..end`, those without a pixel left out.
    fn inside(&self) -> impl Iterator<Item = (u32, u32)> {
        let mut position = 0;
        self.counts
            .iter()
            .enumerate()
            .map(move |(index, &count)| {
                let start = position;
                position += count;
                (index, start, position)
            })
            .filter(|(index, start, end)| index % 2 == 1 && start < end)
            .map(|(_, start, end)| (start, end))
    }
}

fn malformed(why: String) -> Error {
    Error::new("cannot read a run-length mask", why, "export the mask again")
}

/// How COCO files spell a run-length mask.
#[derive(Serialize, Deserialize)]
struct Record {
    /// Height, then width.
    size: [u32; 2],
    counts: Counts,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Counts {
    Compressed(String),
    Plain(Vec<i64>),
}

impl TryFrom<Record> for Rle {
    type Error = Error;

    fn try_from(record: Record) -> Result<Self> {
        let [height, width] = record.size;
        let size = Size::new(width, height)?;
        match record.counts {
            Counts::Compressed(text) => Self::from_compressed(size, &text),
            Counts::Plain(counts) => {
                let unsigned = counts.iter().map(|&count| u32::try_from(count));
                let counts = unsigned.collect::<std::result::Result<_, _>>();
                Self::from_counts(size, counts.map_err(|_| malformed("a run has no possible length".into()))?)
            }
        }
    }
}

impl From<Rle> for Record {
    fn from(rle: Rle) -> Self {
        let counts = Counts::Compressed(rle.to_compressed());
        Self { size: [rle.size.height(), rle.size.width()], counts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mask() -> impl Strategy<Value = Mask> {
        (1u32..70, 1u32..70, 0.0f64..1.0).prop_flat_map(|(width, height, share)| {
            let size = Size::new(width, height).unwrap();
            prop::collection::vec(prop::bool::weighted(share), size.pixels())
                .prop_map(move |bits| Mask::from_fn(size, |x, y| bits[(y * width + x) as usize]))
        })
    }

    proptest! {
        #[test]
        fn runs_string_and_json_there_and_back_are_the_same_mask(mask in mask()) {
            let rle = Rle::from_mask(&mask);
            prop_assert_eq!(&rle.to_mask(), &mask);
            prop_assert_eq!(&Rle::from_compressed(rle.size(), &rle.to_compressed()).unwrap(), &rle);
            let json = serde_json::to_string(&rle).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Rle>(&json).unwrap(), &rle);
            prop_assert_eq!(rle.area(), mask.area());
            prop_assert_eq!(rle.bounding_box(), mask.bounding_box());
        }

        #[test]
        fn any_string_is_read_or_refused(text in "[0-o]{0,40}", width in 1u32..50, height in 1u32..50) {
            let size = Size::new(width, height).unwrap();
            if let Ok(rle) = Rle::from_compressed(size, &text) {
                prop_assert_eq!(rle.counts().iter().map(|&c| c as usize).sum::<usize>(), size.pixels());
                prop_assert_eq!(rle.to_mask().area(), rle.area());
            }
        }
    }

    #[test]
    fn hostile_runs_are_refused() {
        let size = Size::new(10, 10).unwrap();
        for text in ["", "oooooooooooooooo", "P", "~", "0a", "T3T3T3", "\u{e9}"] {
            assert!(Rle::from_compressed(size, text).is_err(), "{text}");
        }
        assert!(Rle::from_counts(size, vec![u32::MAX, u32::MAX]).is_err());
        for json in [
            r#"{"size":[10,10],"counts":[50,60]}"#,
            r#"{"size":[10,10],"counts":[-50,150]}"#,
            r#"{"size":[4294967295,4294967295],"counts":[1]}"#,
            r#"{"size":[0,10],"counts":[]}"#,
        ] {
            assert!(serde_json::from_str::<Rle>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn plain_counts_run_down_the_columns() {
        let rle: Rle = serde_json::from_str(r#"{"size":[3,2],"counts":[1,2,0,1,2]}"#).unwrap();
        let mask = rle.to_mask();
        let inside = [(0, 1), (0, 2), (1, 0)];
        assert_eq!(mask, Mask::from_fn(rle.size(), |x, y| inside.contains(&(x, y))));
        assert_eq!(rle.bounding_box(), mask.bounding_box());
    }
}
