//! Numbers and texts as pickles spell them.

use super::Stored;
use super::machine::Step;

/// A decimal line: an integer, or the truth value that protocol 0 writes as one.
pub(super) fn integer_line(line: &str) -> Step<Stored> {
    match line {
        "00" => Ok(Stored::Bool(false)),
        "01" => Ok(Stored::Bool(true)),
        _ => {
            let digits = line.strip_suffix('L').unwrap_or(line).trim();
            let value: i128 = digits.parse().map_err(|_| format!("{digits:.40} is no integer this reader holds"))?;
            Ok(integer(&value.to_le_bytes()))
        }
    }
}

/// A little-endian two's complement integer, short if it can be.
pub(super) fn integer(bytes: &[u8]) -> Stored {
    let sign = if bytes.last().is_some_and(|last| last & 0x80 != 0) { 0xff } else { 0 };
    let fits = bytes.get(8..).is_none_or(|high| high.iter().all(|&byte| byte == sign))
        && bytes.get(7).is_none_or(|seventh| (seventh & 0x80 != 0) == (sign != 0));
    if !fits {
        return Stored::BigInt(bytes.into());
    }
    let mut low = [sign; 8];
    let count = bytes.len().min(8);
    low[..count].copy_from_slice(&bytes[..count]);
    Stored::Int(i64::from_le_bytes(low))
}

/// A decimal float.
pub(super) fn float_line(line: &str) -> Step<Stored> {
    line.trim().parse().map(Stored::Float).map_err(|_| format!("{line:.40} is no float"))
}

/// UTF-8.
pub(super) fn text(bytes: &[u8]) -> Step<Stored> {
    let text = std::str::from_utf8(bytes).map_err(|_| "a string that is not UTF-8")?;
    Ok(Stored::Str(text.into()))
}

/// Python 2's `str`: text where it can be, bytes where not.
pub(super) fn text_or_bytes(bytes: Vec<u8>) -> Stored {
    match String::from_utf8(bytes) {
        Ok(text) => Stored::Str(text.into_boxed_str()),
        Err(other) => Stored::Bytes(other.into_bytes().into_boxed_slice()),
    }
}

/// A quoted line with Python's escapes.
pub(super) fn quoted_line(line: &[u8]) -> Step<Stored> {
    let quoted = match line {
        [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] => inner,
        _ => return Err("a string without its quotes".into()),
    };
    let mut bytes = Vec::with_capacity(quoted.len());
    let mut rest = quoted.iter().copied();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next().ok_or("a string that ends in a backslash")? {
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'x' => bytes.push(escaped(&mut rest, 2)? as u8),
            other @ (b'\\' | b'\'' | b'"') => bytes.push(other),
            other => bytes.extend([b'\\', other]),
        }
    }
    Ok(text_or_bytes(bytes))
}

/// A line of raw-unicode-escape: Latin-1 with `\u` and `\U`.
pub(super) fn unicode_line(line: &[u8]) -> Step<Stored> {
    let mut text = String::with_capacity(line.len());
    let mut rest = line.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        let digits = match (byte, rest.peek()) {
            (b'\\', Some(b'u')) => 4,
            (b'\\', Some(b'U')) => 8,
            _ => {
                text.push(char::from(byte));
                continue;
            }
        };
        rest.next();
        let code = escaped(&mut rest, digits)?;
        text.push(char::from_u32(code).ok_or_else(|| format!("{code:x} is no character"))?);
    }
    Ok(Stored::Str(text.into_boxed_str()))
}

/// The number that `digits` hexadecimal digits of an escape give.
fn escaped(rest: &mut impl Iterator<Item = u8>, digits: usize) -> Step<u32> {
    let mut code: u32 = 0;
    for _ in 0..digits {
        let digit = rest.next().and_then(|byte| char::from(byte).to_digit(16)).ok_or("a broken escape in a string")?;
        code = (code << 4) | digit;
    }
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_short_exactly_when_they_fit_64_bits() {
        for value in [0, 1, -1, i128::from(i64::MAX), i128::from(i64::MIN)] {
            assert!(
                matches!(integer(&value.to_le_bytes()), Stored::Int(short) if i128::from(short) == value),
                "{value}"
            );
        }
        for value in [i128::from(i64::MAX) + 1, i128::from(i64::MIN) - 1] {
            assert!(matches!(integer(&value.to_le_bytes()), Stored::BigInt(_)), "{value}");
        }
        assert!(matches!(integer(&[]), Stored::Int(0)));
        assert!(matches!(integer(&[0xfe]), Stored::Int(-2)));
        assert!(matches!(integer(&[0xff, 0]), Stored::Int(255)));
    }
}
