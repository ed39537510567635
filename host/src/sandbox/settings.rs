//! `wasi:config/store`: the values that were granted to a plugin, read and never written.

use super::contract::v0_1::wasi::config::store;
use super::state::AttemptState;

impl store::Host for AttemptState {
    fn get(&mut self, key: String) -> Result<Option<String>, store::Error> {
        Ok(self.config.get(&key).cloned())
    }

    fn get_all(&mut self) -> Result<Vec<(String, String)>, store::Error> {
        Ok(self.config.iter().map(|(key, value)| (key.clone(), value.clone())).collect())
    }
}
