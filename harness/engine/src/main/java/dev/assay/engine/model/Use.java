package dev.assay.engine.model;

import dev.assay.backend.Call;
import java.util.Optional;

/// A call that a model makes.
///
/// @param operator name
/// @param call empty if the catalogue has no such operator
/// @param fill recipe of its inputs
/// @param role the part of the model
/// @param times over all layers
record Use(String operator, Optional<Call> call, String fill, String role, long times) {}
