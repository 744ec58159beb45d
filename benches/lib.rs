//! What tower-conditional costs, against peers and limits.
