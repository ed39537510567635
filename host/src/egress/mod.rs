//! Outbound HTTP of plugins: the adapter.
