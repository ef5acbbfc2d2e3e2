package dev.assay.baselines.simulated;

import dev.assay.backend.Deviations.Kind;
import java.util.List;

/// Base of the legitimate variations.
public abstract class Variation implements Deviation {
    private final String id;
    private final List<String> operators;
    private final String what;

    protected Variation(String id, String what, String... operators) {
        this.id = id;
        this.what = what;
        this.operators = List.of(operators);
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
    public final String layer() {
        return "";
    }

    @Override
    public final String what() {
        return what;
    }
}
