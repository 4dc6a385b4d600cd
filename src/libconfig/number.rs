//! Numbers as libconfig 1.7 reads them: C's `strtoll`, `atoll`, `strtoul` and `atof`, with their odd ends.

/// A decimal integer of up to nine digits, and how many bytes it takes.
pub(super) struct ShortDecimal {
    pub(super) value: i32,
    pub(super) len: usize,
}

/// The number at the beginning of `input` if it is decimal, unsigned and short, and if nothing behind
/// it can make it another number. All else takes the long way.
#[inline]
pub(super) fn short_decimal(input: &[u8]) -> Option<ShortDecimal> {
    let mut value = 0;
    let mut len = 0;
    while let Some(digit) = input.get(len).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10) {
        if len == 9 {
            return None;
        }
        value = value * 10 + i32::from(digit);
        len += 1;
    }
    let octal = len > 1 && input[0] == b'0';
    let goes_on = matches!(input.get(len), Some(b'.' | b'e' | b'E' | b'x' | b'X' | b'L'));
    (len > 0 && !octal && !goes_on).then_some(ShortDecimal { value, len })
}

/// An integer without suffix: octal behind a leading 0. `None` if it is not octal then, or over 64 bits.
pub(super) fn integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = split_sign(text);
    let radix: i64 = if digits.len() > 1 && digits[0] == b'0' { 8 } else { 10 };
    digits.iter().try_fold(0_i64, |sum, byte| {
        let digit = i64::from(byte - b'0');
        let shifted = sum.checked_mul(radix).filter(|_| digit < radix)?;
        if negative { shifted.checked_sub(digit) } else { shifted.checked_add(digit) }
    })
}

/// An integer with suffix: decimal whatever it begins with, the nearest end where it is over 64 bits.
pub(super) fn saturating(text: &[u8]) -> i64 {
    let (negative, digits) = split_sign(text);
    digits.iter().fold(0_i64, |sum, byte| {
        let digit = i64::from(byte - b'0');
        let shifted = sum.saturating_mul(10);
        if negative { shifted.saturating_sub(digit) } else { shifted.saturating_add(digit) }
    })
}

/// Hexadecimal digits as 64 bits; all bits set where they hold more.
pub(super) fn hex(digits: &[u8]) -> i64 {
    let value = digits.iter().try_fold(0_u64, |sum, byte| {
        let digit = (*byte as char).to_digit(16)?;
        sum.checked_mul(16).map(|shifted| shifted | u64::from(digit))
    });
    value.unwrap_or(u64::MAX).cast_signed()
}

/// The low 32 bits, as C's conversion of a `long` to an `int` gives them.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn low_32_bits(value: i64) -> i32 {
    value as i32
}

/// A float: the nearest one, 0 where no digit stands before the exponent.
pub(super) fn float(text: &[u8]) -> f64 {
    std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(0.0)
}

fn split_sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_octal_behind_a_zero() {
        assert_eq!(integer(b"010"), Some(8));
        assert_eq!(integer(b"-0010"), Some(-8));
        assert_eq!(integer(b"08"), None);
        assert_eq!(integer(b"0"), Some(0));
        assert_eq!(integer(b"-9223372036854775808"), Some(i64::MIN));
        assert_eq!(integer(b"9223372036854775808"), None);
        assert_eq!(saturating(b"010"), 10);
        assert_eq!(saturating(b"99999999999999999999"), i64::MAX);
    }

    #[test]
    fn hex_keeps_the_low_bits() {
        assert_eq!(low_32_bits(hex(b"100000000")), 0);
        assert_eq!(low_32_bits(hex(b"1FFFFFFFF")), -1);
        assert_eq!(hex(b"fffffffffffffffff"), -1);
    }

    #[test]
    fn floats_without_digits_are_zero() {
        for text in ["-.", ".", "+.e5", "1.e5", "1e400", ".5"] {
            let expected = match text {
                "1.e5" => 1e5,
                "1e400" => f64::INFINITY,
                ".5" => 0.5,
                _ => 0.0_f64,
            };
            assert_eq!(float(text.as_bytes()).to_bits(), expected.to_bits(), "{text}");
        }
    }

    #[test]
    fn only_plain_short_numbers_take_the_short_way() {
        assert!(short_decimal(b"123,").is_some_and(|short| short.value == 123 && short.len == 3));
        for text in ["1234567890", "010", "1.5", "1e5", "0x1", "5L", "-1", ""] {
            assert!(short_decimal(text.as_bytes()).is_none(), "{text}");
        }
    }
}
