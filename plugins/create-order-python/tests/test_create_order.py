"""The whole task, and what follows from each answer of the third parties. No host is needed."""

from __future__ import annotations

import json
import unittest
from decimal import Decimal
from typing import Any

from create_order import Input, create_order, partner, stripe
from create_order.ids import check_partner_id, check_payment_intent_id
from create_order.price import WITH_THREE_DECIMALS, WITHOUT_DECIMALS, from_minor_units
from taskbox_task import Cancelled, FakeJob, HttpError, Job, Permanent, Reply, Response, Retryable, RetryAfter

ORDER = Input("order-1", "u_42", "pi_1")
PAYMENT_URL = "https://stripe.test/v1/payment_intents/pi_1?expand%5B%5D=latest_charge"
PAID = {"status": "succeeded", "amount": 7_777, "amount_received": 4_999, "currency": "usd"}
STRIPE = Reply("GET", PAYMENT_URL, json=PAID)
REGISTRATION = Reply("POST", "https://partner.test/registrations", 201, json={"id": "reg_1"})
ORDERED = Reply("POST", "https://partner.test/orders", 201, json={"id": "ord_1"})


def job_of(*http: Reply, **script: Any) -> FakeJob:
    return Job.for_test(
        http=http,
        config={"stripe-base-url": "https://stripe.test/", "partner-base-url": "https://partner.test"},
        secrets={"stripe-key": "<stripe>", "partner-key": "<partner>"},
        **script,
    )


class WholeTask(unittest.TestCase):
    def test_an_order_is_paid_registered_and_placed(self) -> None:
        job = job_of(STRIPE, REGISTRATION, ORDERED)
        output = json.loads(create_order.run_json(job, json.dumps(ORDER.__dict__)))
        self.assertEqual(
            output,
            {"price": "49.99", "currency": "USD", "third_party_order_id": "ord_1", "registration_id": "reg_1"},
        )
        payment = {"price": "49.99", "currency": "USD"}
        self.assertEqual(job.checkpoints, {"payment": payment, "registration": "reg_1", "order": "ord_1"})
        self.assertEqual(job.reports[-1], (3, 3, "The order is placed"))

    def test_requests_have_the_keys_and_the_amount_is_a_text(self) -> None:
        job = job_of(STRIPE, REGISTRATION, ORDERED)
        create_order(job, ORDER)
        payment, registration, order = job.requests
        self.assertEqual(payment.header("authorization"), "Bearer <stripe>")
        self.assertEqual(registration.header("idempotency-key"), "key-1:registration")
        self.assertEqual(json.loads(registration.body), {"user_id": "u_42"})
        self.assertEqual(order.header("authorization"), "Bearer <partner>")
        self.assertEqual(order.header("idempotency-key"), "key-1:order")
        self.assertEqual(
            json.loads(order.body),
            {"registration_id": "reg_1", "user_id": "u_42", "amount": "49.99", "currency": "USD"},
        )

    def test_finished_steps_are_not_repeated(self) -> None:
        steps = {"payment": {"price": "50.00", "currency": "EUR"}, "registration": "reg_1"}
        job = job_of(ORDERED, checkpoints=steps, attempt=2)
        self.assertEqual(create_order(job, ORDER).price, Decimal("50.00"))
        self.assertEqual(len(job.requests), 1)

    def test_a_cancelled_job_orders_nothing(self) -> None:
        job = job_of(cancelled=True)
        with self.assertRaises(Cancelled):
            create_order(job, ORDER)

    def test_a_silent_partner_is_asked_again_and_a_denial_is_final(self) -> None:
        for kind, error in (("timeout", Retryable), ("denied", Permanent)):
            broken = Reply("GET", PAYMENT_URL, error=HttpError(kind, "why"))  # type: ignore[arg-type]
            with self.assertRaises(error):
                create_order(job_of(broken), ORDER)

    def test_the_schemas_are_those_of_the_contract_of_orders(self) -> None:
        spec = create_order.spec
        self.assertEqual((spec.name, spec.max_attempts, spec.timeout_ms), ("create-order", 16, 120_000))
        schema = json.loads(spec.output_schema or "")
        self.assertEqual(schema["properties"]["price"], {"type": "string", "pattern": r"^[0-9]{1,5}\.[0-9]{2}$"})
        self.assertEqual(json.loads(spec.input_schema or "")["required"], ["order_id", "user_id", "payment_intent_id"])


class Stripe(unittest.TestCase):
    def judge(self, body: Any, status: int = 200) -> stripe.Payment:
        return stripe.judge(Response(status, [], json.dumps(body).encode()), "pi_1")

    def price(self, charge: Any) -> str:
        return str(self.judge({**PAID, "amount_received": 5_000, "latest_charge": charge}).price)

    def test_what_was_refunded_is_not_paid(self) -> None:
        self.assertEqual(self.price({"refunded": False, "amount_refunded": 1_250}), "37.50")
        self.assertEqual(self.price({"refunded": False, "amount_refunded": -1_250}), "50.00")
        self.assertEqual(self.price("ch_1"), "50.00")
        self.assertEqual(self.price(None), "50.00")
        for refunded, amount in ((True, 0), (True, 5_000), (False, 5_000), (False, 5_001)):
            with self.assertRaisesRegex(Permanent, "refunded in full"):
                self.price({"refunded": refunded, "amount_refunded": amount})

    def test_every_status_has_its_consequence(self) -> None:
        with self.assertRaises(Retryable):
            self.judge({**PAID, "status": "processing"})
        for status, words in {**stripe.NOT_PAID, "on_the_moon": "on_the_moon"}.items():
            with self.assertRaisesRegex(Permanent, words):
                self.judge({**PAID, "status": status})

    def test_stripes_own_words_are_passed_on(self) -> None:
        error = {"error": {"type": "x", "code": "resource_missing", "message": "No such payment"}}
        with self.assertRaisesRegex(Permanent, r"No such payment \(resource_missing\)"):
            self.judge(error, 404)
        with self.assertRaisesRegex(Permanent, "stripe-key"):
            self.judge(error, 401)

    def test_an_answer_that_cannot_be_read_is_final(self) -> None:
        bodies: list[Any] = ["", [], {}, {**PAID, "amount_received": 1.5}, {**PAID, "currency": "us-dollars"}]
        for body in bodies:
            with self.assertRaisesRegex(Permanent, "not understood"):
                self.judge(body)

    def test_trouble_is_tried_again(self) -> None:
        for status in (408, 409, 425, 429, 500, 503, 599):
            with self.assertRaises(Retryable):
                self.judge({}, status)
        with self.assertRaises(RetryAfter) as caught:
            stripe.judge(Response(429, [("Retry-After", "7")]), "pi_1")
        self.assertEqual(caught.exception.delay, 7)


class Partner(unittest.TestCase):
    def test_what_was_created_is_known_by_its_id(self) -> None:
        for status in (200, 201):
            self.assertEqual(partner.judge("order", Response(status, [], b'{"id":"ord_1"}')), "ord_1")

    def test_refusals_are_final_and_quoted(self) -> None:
        for status, words in ((401, "partner-key"), (400, "no such user"), (422, "422"), (302, "302")):
            with self.assertRaisesRegex(Permanent, words):
                partner.judge("order", Response(status, [], b"no such user"))
        for body in (b"", b"[]", b'{"id":7}', b'{"id":"12345678901234567"}', b'{"id":" "}'):
            with self.assertRaises(Permanent):
                partner.judge("order", Response(201, [], body))


class Values(unittest.TestCase):
    def test_a_payment_id_cannot_leave_its_place_in_the_path(self) -> None:
        check_payment_intent_id("pi_3MtwBwLkdIwHu7ix28a3tqPa")
        for value in ("", "..", "pi_1/../../charges", "pi_1?x=1", "pi_1#", "pi 1", "pi_é", "pi_1\n", "a" * 256):
            with self.assertRaises(Permanent):
                check_payment_intent_id(value)

    def test_a_partner_id_has_sixteen_characters_at_most(self) -> None:
        self.assertEqual(check_partner_id("order", "é" * 16), "é" * 16)
        with self.assertRaisesRegex(Permanent, "17 characters"):
            check_partner_id("order", "x" * 17)

    def test_prices(self) -> None:
        for amount, currency, price in (
            (4_999, "USD", "49.99"),
            (5_000, "EUR", "50.00"),
            (1, "EUR", "0.01"),
            (500, "UGX", "5.00"),
            (9_999_999, "USD", "99999.99"),
            (99_999, "JPY", "99999.00"),
            (99_999_990, "KWD", "99999.99"),
            *((7, currency, "7.00") for currency in WITHOUT_DECIMALS),
            *((5_120, currency, "5.12") for currency in WITH_THREE_DECIMALS),
        ):
            self.assertEqual(str(from_minor_units(amount, currency)), price)

    def test_what_is_no_price(self) -> None:
        for amount, currency, words in (
            (0, "USD", "nothing was received"),
            (-1, "USD", "nothing was received"),
            (1_001, "BHD", "1.001 BHD"),
            (10_000_000, "USD", "100000.00 USD"),
            (100_000, "JPY", "100000 JPY"),
            (2**63 - 8, "KWD", "too large|three decimals"),
        ):
            with self.assertRaisesRegex(Permanent, words):
                from_minor_units(amount, currency)


if __name__ == "__main__":
    unittest.main()
