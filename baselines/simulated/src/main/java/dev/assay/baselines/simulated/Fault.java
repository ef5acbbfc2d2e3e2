package dev.assay.baselines.simulated;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.Deviations.Kind;
import java.util.List;

/// Base of the faults.
public abstract class Fault implements Deviation {
    private final String id;
    private final List<String> operators;
    private final String catalogue;
    private final String layer;
    private final List<String> diagnoses;
    private final String what;

    /// The operators are given last because most faults have one.
    ///
    /// @param catalogue id in the catalogue of known kernel bugs; empty if it is not in it
    /// @param layer of the judge that is expected to catch it
    /// @param diagnoses codes that name it rightly; more than one where they cannot be told apart from outside
    protected Fault(
            String id, String catalogue, String layer, List<String> diagnoses, String what, String... operators) {
        this.id = id;
        this.catalogue = catalogue;
        this.layer = layer;
        this.diagnoses = List.copyOf(diagnoses);
        this.what = what;
        this.operators = List.of(operators);
    }

    @Override
    public final String id() {
        return id;
    }

    @Override
    public final Kind kind() {
        return Kind.FAULT;
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
    public final List<String> diagnoses() {
        return diagnoses;
    }

    /// A fault that shows in the contract would be none.
    @Override
    public final ComputeContract contract(Call call, ComputeContract declared) {
        return declared;
    }

    @Override
    public final String layer() {
        return layer;
    }

    @Override
    public final String what() {
        return what;
    }
}
