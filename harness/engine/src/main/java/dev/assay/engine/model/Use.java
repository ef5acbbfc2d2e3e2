package dev.assay.engine.model;

import dev.assay.backend.Call;
import java.util.Map;
import java.util.Optional;

/// A call that a model makes.
///
/// @param operator name
/// @param call empty if the catalogue has no such operator
/// @param fill recipe of its inputs
/// @param drawn recipes by which its constants were drawn, by name
/// @param role the part of the model
/// @param times over all layers
record Use(String operator, Optional<Call> call, String fill, Map<String, String> drawn, String role, long times) {}
