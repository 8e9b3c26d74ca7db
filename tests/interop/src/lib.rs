//! Layers of others on top of obs: see `layers/`.
