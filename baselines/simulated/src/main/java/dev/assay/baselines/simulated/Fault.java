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
    private final List<String> layers;
    private final List<String> diagnoses;
    private final String what;

    /// The operators are given last because most faults have one.
    ///
    /// @param catalogue id in the catalogue of known kernel bugs; empty if it is not in it
    /// @param layers of the judge that are expected to catch it: those that do the tests which the catalogue of
    ///     known kernel bugs gives for it or its kin, and what it breaks by definition; never what merely objected
    /// @param diagnoses codes that name it rightly; more than one where they cannot be told apart from outside
    protected Fault(
            String id,
            String catalogue,
            List<String> layers,
            List<String> diagnoses,
            String what,
            String... operators) {
        this.id = id;
        this.catalogue = catalogue;
        this.layers = List.copyOf(layers);
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
    public final List<String> layers() {
        return layers;
    }

    @Override
    public final String what() {
        return what;
    }
}
