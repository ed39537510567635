//! The welcome text of the demo.

use std::path::Path;

use super::partners::Partners;

/// The addresses to open and the commands to try.
pub(super) fn text(url: &str, data: &Path, partners: &Partners, speed: f64) -> String {
    let pace = if speed == 1.0 {
        "in real time".to_owned()
    } else {
        format!("{speed} times faster than in real life")
    };
    format!(
        "\n\
         Taskbox is ready.\n\n\
         \x20 Open     {url}/orders\n\
         \x20 or try   curl -si {url}/v1/orders -H 'content-type: application/json' \\\n\
         \x20            -d '{{\"user_id\":\"u_42\",\"payment_intent_id\":\"pi_3MtwBwLkdIwHu7ix28a3tqPa\"}}'\n\n\
         \x20 Stripe   {stripe} (a stand-in, {pace})\n\
         \x20 Partner  {partner} (a stand-in, {pace})\n\
         \x20 API      {url}/v1/openapi.json\n\
         \x20 Data     {data}\n\n\
         Ctrl-C ends it.",
        stripe = partners.stripe.url(),
        partner = partners.partner.url(),
        data = data.display(),
    )
}
