//! Trace and span ids.

/// The id, unless it has another length than `N` or is all zero (W3C Trace Context: both are invalid).
pub(crate) fn valid<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    <[u8; N]>::try_from(bytes).ok().filter(|id| *id != [0; N])
}

/// The bytes of a hexadecimal id in either case; `None` when it is not hexadecimal.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits =
        text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<Vec<u8>>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use super::{from_hex, valid};

    #[test]
    fn only_non_zero_ids_of_the_right_length_are_valid() {
        assert_eq!(valid::<2>(&[1, 0]), Some([1, 0]));
        assert_eq!(valid::<2>(&[0, 0]), None);
        assert_eq!(valid::<2>(&[1]), None);
        assert_eq!(valid::<2>(&[1, 2, 3]), None);
        assert_eq!(valid::<2>(&[]), None);
    }

    #[test]
    fn hexadecimal_is_read_in_either_case_and_nothing_else_is() {
        assert_eq!(from_hex("00fFAb"), Some(vec![0x00, 0xff, 0xab]));
        assert_eq!(from_hex(""), Some(vec![]));
        for wrong in ["0", "0g", "+f", "0x", "é0", "W47/95gDgQPSabYzgT/GDA=="] {
            assert_eq!(from_hex(wrong), None, "{wrong}");
        }
    }
}
