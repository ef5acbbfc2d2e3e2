/// Trains a small transformer through a backend's own operators, beside the same in f64, and says where they
/// part.
@org.jspecify.annotations.NullMarked
package dev.assay.engine.training;
