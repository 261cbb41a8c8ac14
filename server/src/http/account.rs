//! Signing in and out.

mod me;
mod redeem_link;
mod set_password;
mod sign_in;
mod sign_out;

pub use me::*;
pub use redeem_link::*;
pub use set_password::*;
pub use sign_in::*;
pub use sign_out::*;
