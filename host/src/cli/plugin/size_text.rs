//! Sizes as people read them.

use crate::domain::ByteSize;

/// A size with one decimal.
pub(super) fn size_text(bytes: u64) -> String {
    const KIB: u64 = ByteSize::kib(1).0;
    const MIB: u64 = ByteSize::mib(1).0;
    let of = |unit: u64| bytes as f64 / unit as f64;
    match bytes {
        0..KIB => format!("{bytes} B"),
        KIB..MIB => format!("{:.1} KiB", of(KIB)),
        _ => format!("{:.1} MiB", of(MIB)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_few_digits() {
        assert_eq!([5, 1_536, 1_363_149].map(size_text), ["5 B", "1.5 KiB", "1.3 MiB"]);
    }
}
