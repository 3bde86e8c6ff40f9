//! Shapes as GeoPackage stores them: a header of its own (OGC 12-128r17, 2.1.3), then WKB.

use geo::{BoundingRect, Coord, LineString, MultiPolygon, Polygon};

/// Bytes of the header's envelope by its indicator: none, xy, xyz, xym, xyzm.
const ENVELOPES: [usize; 5] = [0, 32, 48, 48, 64];
const POLYGON: u32 = 3;
const MULTIPOLYGON: u32 = 6;

/// The blob of a shape: little-endian, with an envelope unless it is empty.
pub(super) fn encode(shape: &MultiPolygon<f64>, srs_id: i32) -> Vec<u8> {
    let bounds = shape.bounding_rect();
    // Bit 0: little-endian; bits 1 to 3: which envelope; bit 4: whether the shape is empty.
    let flags = if bounds.is_some() { 0b0_0011 } else { 0b1_0001 };
    let mut blob = vec![b'G', b'P', 0, flags];
    blob.extend(srs_id.to_le_bytes());
    if let Some(bounds) = bounds {
        for side in [bounds.min().x, bounds.max().x, bounds.min().y, bounds.max().y] {
            blob.extend(side.to_le_bytes());
        }
    }
    let count = |blob: &mut Vec<u8>, count: usize| blob.extend((count as u32).to_le_bytes());
    let kind = |blob: &mut Vec<u8>, kind: u32| {
        blob.push(1);
        blob.extend(kind.to_le_bytes());
    };
    kind(&mut blob, MULTIPOLYGON);
    count(&mut blob, shape.0.len());
    for polygon in shape {
        kind(&mut blob, POLYGON);
        count(&mut blob, 1 + polygon.interiors().len());
        for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
            count(&mut blob, ring.0.len());
            for coord in ring {
                blob.extend(coord.x.to_le_bytes());
                blob.extend(coord.y.to_le_bytes());
            }
        }
    }
    blob
}

/// The shape of a blob that any program wrote: either byte order, heights and measures left out.
///
/// # Errors
/// Why it is no polygon.
pub(super) fn decode(blob: &[u8]) -> Result<MultiPolygon<f64>, &'static str> {
    let mut bytes = Bytes { rest: blob, little: true };
    let [magic, tail, _version, flags] = *bytes.take::<4>()?;
    if [magic, tail] != *b"GP" {
        return Err("its geometry is not of a GeoPackage");
    }
    bytes.take::<4>()?;
    let envelope = ENVELOPES.get(usize::from(flags >> 1 & 0b111)).ok_or("its geometry has an unknown envelope")?;
    bytes.skip(*envelope)?;
    let polygons = match bytes.kind()? {
        (POLYGON, dimensions) => vec![bytes.polygon(dimensions)?],
        (MULTIPOLYGON, _) => {
            let count = bytes.count(9)?;
            let mut polygons = Vec::with_capacity(count);
            for _ in 0..count {
                match bytes.kind()? {
                    (POLYGON, dimensions) => polygons.push(bytes.polygon(dimensions)?),
                    _ => return Err("its geometry holds something that is no polygon"),
                }
            }
            polygons
        }
        _ => return Err("its geometry is no polygon"),
    };
    Ok(MultiPolygon(polygons.into_iter().filter(|polygon| !polygon.exterior().0.is_empty()).collect()))
}

/// What is left of a blob, and how its numbers are written.
struct Bytes<'b> {
    rest: &'b [u8],
    little: bool,
}

impl<'b> Bytes<'b> {
    fn take<const N: usize>(&mut self) -> Result<&'b [u8; N], &'static str> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or("its geometry breaks off")?;
        self.rest = rest;
        Ok(head)
    }

    fn skip(&mut self, count: usize) -> Result<(), &'static str> {
        self.rest = self.rest.get(count..).ok_or("its geometry breaks off")?;
        Ok(())
    }

    fn number(&mut self) -> Result<u32, &'static str> {
        let bytes = *self.take::<4>()?;
        Ok(if self.little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    fn real(&mut self) -> Result<f64, &'static str> {
        let bytes = *self.take::<8>()?;
        let value = if self.little { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) };
        if value.is_finite() { Ok(value) } else { Err("its geometry has a coordinate that is not a number") }
    }

    /// A count of things of which each takes `least` bytes or more: no memory is set aside for what cannot be there.
    fn count(&mut self, least: usize) -> Result<usize, &'static str> {
        let count = self.number()? as usize;
        if count.saturating_mul(least) > self.rest.len() { Err("its geometry breaks off") } else { Ok(count) }
    }

    /// Byte order and kind of the next geometry: its number without dimensions, and how many these are.
    fn kind(&mut self) -> Result<(u32, usize), &'static str> {
        self.little = match self.take::<1>()? {
            [0] => false,
            [1] => true,
            _ => return Err("its geometry has an unknown byte order"),
        };
        let kind = self.number()?;
        let dimensions = match kind / 1000 {
            0 => 2,
            1 | 2 => 3,
            3 => 4,
            _ => return Err("its geometry is of an unknown kind"),
        };
        Ok((kind % 1000, dimensions))
    }

    fn polygon(&mut self, dimensions: usize) -> Result<Polygon<f64>, &'static str> {
        let count = self.count(4)?;
        let mut rings = Vec::with_capacity(count);
        for _ in 0..count {
            let corners = self.count(8 * dimensions)?;
            let mut ring = Vec::with_capacity(corners);
            for _ in 0..corners {
                ring.push(Coord { x: self.real()?, y: self.real()? });
                self.skip(8 * (dimensions - 2))?;
            }
            rings.push(LineString::new(ring));
        }
        let mut rings = rings.into_iter();
        Ok(Polygon::new(rings.next().unwrap_or_else(|| LineString::new(vec![])), rings.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Rect, polygon};
    use proptest::prelude::*;

    fn with_hole() -> MultiPolygon<f64> {
        let hole = Rect::new((2.0, 2.0), (3.0, 3.0)).to_polygon().exterior().clone();
        let outer = Rect::new((0.0, 0.0), (10.0, 10.0)).to_polygon().exterior().clone();
        MultiPolygon(vec![
            Polygon::new(outer, vec![hole]),
            polygon![(x: 20.0, y: 0.1), (x: 21.0, y: -0.0), (x: 20.0, y: 1e-300)],
        ])
    }

    #[test]
    fn a_shape_comes_back_as_it_was() {
        for shape in [with_hole(), MultiPolygon(vec![])] {
            assert_eq!(decode(&encode(&shape, 32_633)).unwrap(), shape);
        }
    }

    #[test]
    fn a_plain_polygon_with_heights_in_the_other_byte_order_is_read() {
        let mut blob = vec![b'G', b'P', 0, 0];
        blob.extend([0; 4]);
        blob.push(0);
        blob.extend(1003u32.to_be_bytes());
        blob.extend(1u32.to_be_bytes());
        blob.extend(4u32.to_be_bytes());
        for [x, y, z] in [[0.0, 0.0, 9.0], [4.0, 0.0, 9.0], [0.0, 4.0, 9.0], [0.0, 0.0, 9.0f64]] {
            [x, y, z].iter().for_each(|value| blob.extend(value.to_be_bytes()));
        }
        let expected = polygon![(x: 0.0, y: 0.0), (x: 4.0, y: 0.0), (x: 0.0, y: 4.0)];
        assert_eq!(decode(&blob).unwrap(), MultiPolygon(vec![expected]));
    }

    #[test]
    fn a_cut_blob_is_refused_wherever_it_is_cut() {
        let blob = encode(&with_hole(), 0);
        (0..blob.len()).for_each(|end| assert!(decode(&blob[..end]).is_err(), "{end}"));
    }

    proptest! {
        #[test]
        fn a_damaged_blob_is_read_or_refused(place in 0usize..400, value: u8) {
            let mut blob = encode(&with_hole(), 0);
            let place = place % blob.len();
            blob[place] = value;
            // Whatever it says, it must say it without a panic and without asking for all memory.
            let _ = decode(&blob);
        }
    }
}
