//! Whether a spec and all below it can be used: what `status` and `doctor` say of a spec before a
//! token is asked for.

use super::Resolved;
use crate::error::Error;
use crate::find;
use crate::world::Resolving;

impl Resolved<'_> {
    /// Checks every spec of the chain if there is a policy, which a cached token must pass too.
    ///
    /// # Errors
    /// [`Code::PolicyForbids`](crate::error::Code::PolicyForbids), or as for [`Self::verify`].
    pub fn permitted(&self, world: &dyn Resolving) -> Result<(), Error> {
        match find::policy(world)? {
            None => Ok(()),
            Some(_) => self.verify(),
        }
    }

    /// Checks every spec of the chain: it is there, it is valid, and none refers to itself.
    ///
    /// # Errors
    /// The error with which a request for a token would end.
    pub fn verify(&self) -> Result<(), Error> {
        self.totals()?;
        for resolved in self.chain() {
            resolved.provider()?;
            let missing = resolved
                .below
                .iter()
                .find_map(|(_, below)| below.as_ref().err());
            if let Some(error) = missing {
                return Err(error.clone());
            }
        }
        Ok(())
    }
}
