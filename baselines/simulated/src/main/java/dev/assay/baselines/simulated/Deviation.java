package dev.assay.baselines.simulated;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.Deviations;
import dev.assay.backend.Deviations.Kind;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.KernelLibrary;
import dev.assay.baselines.kernels.SharedKernel;
import java.util.List;

/// A named way in which a chip deviates from its description. The declared contract stays as it is, except where a
/// variation is legitimate only if it is declared.
///
/// One class per deviation, in the packages `faults` and `variations`; [SimulatedBackendProvider] lists them.
public interface Deviation {
    /// Value of the option `fault` or `variation`.
    String id();

    Kind kind();

    /// Operators that it changes.
    List<String> operators();

    /// Every operator that some chip runs, for a deviation that concerns them all.
    static String[] everyOperator() {
        return SimulatedBackend.everyOperator();
    }

    /// Every operator that runs step by step on the vector units.
    static String[] libraryOperators() {
        return KernelLibrary.operators().stream().sorted().toArray(String[]::new);
    }

    /// For a fault: layers of the judge one of which must catch it; empty for a variation.
    List<String> layers();

    /// Id in the catalogue of known kernel bugs (`G01`), or number of the legitimate variation; empty if it is in
    /// neither.
    default String catalogue() {
        return "";
    }

    /// For a fault: codes of the diagnoses that name it rightly.
    default List<String> diagnoses() {
        return List.of();
    }

    /// One sentence.
    String what();

    default MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics;
    }

    default AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics;
    }

    /// Of the kernels that work step by step on the vector units.
    default Arithmetic arithmetic(Arithmetic arithmetic) {
        return arithmetic;
    }

    /// The call as a kernel of the vector units reads it: another attribute, another operator of the same signature.
    default Call misread(Call call) {
        return call;
    }

    /// A kernel of the vector units in place of the plain one: it may read other operands ([Operands]), or be another
    /// kernel altogether, planned by [KernelLibrary#plan].
    ///
    /// @param call as the plain kernel reads it
    /// @param arithmetic of the plain kernel
    default SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return plain;
    }

    default NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics;
    }

    /// The contract that the chip declares for a call; only a variation may change it.
    default ComputeContract contract(Call call, ComputeContract declared) {
        return declared;
    }

    /// Whether a launch computes anything.
    default boolean launches() {
        return true;
    }

    /// Called before a launch.
    ///
    /// @return what to do after it
    default Runnable before(Call call, Arguments arguments) {
        return () -> {};
    }

    /// What it does to memory after a launch.
    default void after(Call call, Arguments arguments) {}

    default Deviations.Entry described() {
        return new Deviations.Entry(id(), kind(), operators(), layers(), catalogue(), diagnoses(), what());
    }
}
