package dev.assay.engine.training;

import org.jspecify.annotations.Nullable;

/// What a worker is asked to do for a training.
///
/// @param plan to begin with; absent to go on
/// @param goOn whether it goes on after something was found
/// @param steps to do
public record TrainingRequest(@Nullable TrainingPlan plan, boolean goOn, int steps) {}
