//! tower-conditional
