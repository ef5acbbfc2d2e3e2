package dev.assay.baselines.simulated;

import dev.assay.backend.Call;
import dev.assay.backend.Deviations.Kind;
import dev.assay.tensor.DType;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Base of the legitimate variations.
public abstract class Variation implements Deviation {
    private final String id;
    private final List<String> operators;
    private final String catalogue;
    private final String what;

    /// The operators are given last because most variations have one.
    ///
    /// @param catalogue number in the catalogue of legitimate variations
    protected Variation(String id, String catalogue, String what, String... operators) {
        this.id = id;
        this.catalogue = catalogue;
        this.what = what;
        this.operators = List.of(operators);
    }

    /// Whether a call is computed in f32; what is declared of f32 sums says nothing about f64.
    protected static boolean narrow(Call call) {
        return call.inputs().getFirst().spec().map(TensorSpec::dtype).orElse(DType.F32) != DType.F64;
    }

    @Override
    public final String id() {
        return id;
    }

    @Override
    public final Kind kind() {
        return Kind.VARIATION;
    }

    @Override
    public final List<String> operators() {
        return operators;
    }

    @Override
    public final String catalogue() {
        return catalogue;
    }

    @Override
    public final List<String> layers() {
        return List.of();
    }

    @Override
    public final String what() {
        return what;
    }
}
