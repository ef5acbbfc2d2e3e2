package dev.assay.engine.judge;

import dev.assay.backend.Call;
import dev.assay.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Map;

/// Makes inputs for a call from a recipe, the same ones every time.
@FunctionalInterface
public interface DataSets {
    /// Inputs of a call by name.
    ///
    /// @param fill recipe, as in a suite
    Map<String, Tensor> inputs(Call call, String fill, Arena arena);
}
