//! The delays of a stand-in.

use std::time::Duration;

use rand::Rng;

/// A range from which each response draws its delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    shortest: Duration,
    longest: Duration,
}

impl Pace {
    /// No delay.
    pub const AT_ONCE: Self = Self::between(Duration::ZERO, Duration::ZERO);

    /// Stripe: five to six seconds.
    pub const STRIPE: Self = Self::between(Duration::from_secs(5), Duration::from_secs(6));

    /// The partner: the registration of a customer and an order take ten to twenty seconds together, half of it each.
    pub const PARTNER: Self = Self::between(Duration::from_secs(5), Duration::from_secs(10));

    /// Every delay from `shortest` to `longest`, both included.
    pub const fn between(shortest: Duration, longest: Duration) -> Self {
        Self { shortest, longest }
    }

    /// The same pace on a clock that runs `speed` times as fast. An invalid speed changes nothing.
    #[must_use]
    pub fn sped_up(self, speed: f64) -> Self {
        if !(speed.is_finite() && speed > 0.0) {
            return self;
        }
        let faster =
            |delay: Duration| Duration::try_from_secs_f64(delay.as_secs_f64() / speed).unwrap_or(delay);
        Self::between(faster(self.shortest), faster(self.longest))
    }

    pub(super) fn draw(self, rng: &mut impl Rng) -> Duration {
        let spread = self.longest.saturating_sub(self.shortest);
        self.shortest + spread.mul_f64(rng.random::<f64>())
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn a_delay_stays_within_its_pace() {
        let mut rng = StdRng::seed_from_u64(1);
        for _ in 0..1_000 {
            let delay = Pace::STRIPE.draw(&mut rng);
            assert!((5.0..=6.0).contains(&delay.as_secs_f64()), "{delay:?}");
        }
    }

    #[test]
    fn speed_divides_the_delay() {
        let fast = Pace::between(Duration::from_millis(500), Duration::from_millis(600));
        assert_eq!(Pace::STRIPE.sped_up(10.0), fast);
    }

    #[test]
    fn no_speed_is_no_change() {
        for speed in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Pace::STRIPE.sped_up(speed), Pace::STRIPE, "{speed}");
        }
    }
}
