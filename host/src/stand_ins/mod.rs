//! Stand-ins for Stripe and the partner.
