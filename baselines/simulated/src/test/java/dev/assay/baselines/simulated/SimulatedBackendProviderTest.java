package dev.assay.baselines.simulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import dev.assay.backend.Attribute;
import dev.assay.backend.Backend;
import dev.assay.backend.BackendOption;
import dev.assay.backend.BackendProvider;
import dev.assay.backend.Call;
import dev.assay.backend.Support;
import dev.assay.backend.UnsupportedCallException;
import dev.assay.baselines.simulated.faults.Faults;
import dev.assay.baselines.simulated.late.LateFaults;
import dev.assay.baselines.simulated.variations.Variations;
import dev.assay.operator.CallBuilder;
import dev.assay.tensor.DType;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SimulatedBackendProviderTest {
    @Test
    void isFoundAsAService() {
        List<BackendProvider> found = ServiceLoader.load(BackendProvider.class).stream()
                .filter(provider -> provider.type() == SimulatedBackendProvider.class)
                .map(ServiceLoader.Provider::get)
                .toList();
        assertEquals(
                List.of("simulated"), found.stream().map(BackendProvider::id).toList());
    }

    @Test
    void optionsNameEveryDeviationAndTheStandardChip() {
        List<BackendOption> options = new SimulatedBackendProvider().options();
        assertEquals(
                List.of("chip", "fault", "late", "variation"),
                options.stream().map(BackendOption::key).toList());
        assertEquals("tile-npu", options.get(0).standard());
        assertEquals(
                Faults.ALL.stream().map(Deviation::id).toList(), options.get(1).allowed());
        assertEquals(
                LateFaults.ALL.stream().map(Deviation::id).toList(),
                options.get(2).allowed());
        assertEquals(
                Variations.ALL.stream().map(Deviation::id).toList(),
                options.get(3).allowed());
        try (Backend backend = Samples.open()) {
            assertEquals("simulated tile-npu", backend.device().model());
        }
    }

    @ParameterizedTest
    @CsvSource({"chip, gpu, tile-npu", "fault, welford, acc-bf16", "fault, acc-f16+x, acc-bf16", "variation, x, welford"
    })
    void unknownValueIsRefusedWithWhatThereIs(String option, String value, String listed) {
        HarnessException e = assertThrows(HarnessException.class, () -> Samples.open(option, value));
        assertTrue(e.what().startsWith("no " + option + " '"), e.what());
        assertTrue(e.where().contains("option " + option), e.where());
        assertTrue(e.fix().contains(listed), e.fix());
    }

    @Test
    void severalDeviationsGoTogether() {
        try (Backend backend =
                Samples.open("fault", "mutate-input+skip-n-tail", "variation", "descending-k+lanes-16")) {
            assertTrue(
                    Exam.matmul(DType.F32, 2, 3, 5, "normal").objection(backend).isPresent());
        }
    }

    @Test
    void variationDoesNotHideAFault() {
        Exam ones = Exam.matmul(DType.F32, 1, 300, 1, "uniform(1,1)");
        try (Backend wide = Samples.open("variation", "wide-accumulator");
                Backend wrong = Samples.open("fault", "acc-bf16", "variation", "wide-accumulator")) {
            assertTrue(ones.objection(wide).isEmpty());
            assertTrue(ones.objection(wrong).orElse("").startsWith("exact"));
        }
    }

    @Test
    void deviationsDoNotShowInContractOrDevice() {
        Call matmul = Exam.matmul(DType.F32, 2, 3, 5, "normal").call();
        Call attention = Samples.attention(DType.F16, 1, 1, 1, 2, 2, 2).build();
        for (String chip : Chip.SHIPPED) {
            try (Backend plain = Samples.open("chip", chip);
                    Backend wrong = Samples.open("chip", chip, "fault", "acc-bf16+scores-bf16+silent-tf32")) {
                assertEquals(plain.contract(matmul), wrong.contract(matmul));
                assertEquals(plain.contract(attention), wrong.contract(attention));
                assertEquals(plain.device(), wrong.device());
            }
        }
    }

    /// The words of the contract for f32 and bf16 products and attention.
    @ParameterizedTest
    @CsvSource({
        "strict, deterministic=true;batch_invariant=true, deterministic=true;batch_invariant=true, deterministic=true;batch_invariant=true, deterministic=true;batch_invariant=true",
        "tile-npu, deterministic=true;batch_invariant=true, deterministic=true;batch_invariant=true, deterministic=true;batch_invariant=true, probabilities=bf16;deterministic=true;batch_invariant=true",
        "tensor-core, 'inputs=tf32;accumulator=aligned(24,16);accumulator_rounding=toward_zero;deterministic=true;batch_invariant=true',"
                + " 'accumulator=aligned(24,16);accumulator_rounding=toward_zero;deterministic=true;batch_invariant=true',"
                + " fused_exponent=true;deterministic=true;batch_invariant=true, 'accumulator=aligned(24,16);accumulator_rounding=toward_zero;"
                + "probabilities=bf16;fused_exponent=true;deterministic=true;batch_invariant=true'"
    })
    void contractSaysWhatTheChipRounds(String chip, String f32, String bf16, String attention, String narrow) {
        try (Backend backend = Samples.open("chip", chip)) {
            assertEquals(
                    f32,
                    contract(backend, Exam.matmul(DType.F32, 1, 1, 1, "normal").call()));
            assertEquals(
                    bf16,
                    contract(backend, Exam.matmul(DType.BF16, 1, 1, 1, "normal").call()));
            assertEquals(
                    attention,
                    contract(
                            backend,
                            Samples.attention(DType.F32, 1, 1, 1, 1, 1, 1).build()));
            assertEquals(
                    narrow,
                    contract(
                            backend,
                            Samples.attention(DType.BF16, 1, 1, 1, 1, 1, 1).build()));
        }
    }

    private static String contract(Backend backend, Call call) {
        return backend.contract(call).toString();
    }

    @Test
    void whatTheKernelsCannotDoIsRefusedWithAReason() {
        refused("tile-npu", "f64", Exam.call("matmul").input("A", f64(2, 2)).input("B", f64(2, 2)));
        refused("strict", "matmul only", Samples.attention(DType.F64, 1, 1, 1, 1, 1, 1));
        refused("strict", "matmul only", Samples.normalization(DType.F64, 2, 2));
        CallBuilder wideValues = Exam.call("attention")
                .input("Q", TensorSpec.of(DType.F32, 1, 1, 2, 2))
                .input("K", TensorSpec.of(DType.F32, 1, 1, 2, 2))
                .input("V", f64(1, 1, 2, 2));
        refused("strict", "f64 values", wideValues);
        refused(
                "strict",
                "statistics in f32",
                Samples.normalization(DType.F32, 2, 2).attribute("stash_type", new Attribute.Int(11)));
        CallBuilder strided = Exam.call("layer_normalization")
                .input("X", TensorSpec.of(DType.F32, 3, 2).transposed(0, 1))
                .input("Scale", TensorSpec.of(DType.F32, 3));
        refused("strict", "dense", strided);
        CallBuilder huge = Exam.call("matmul")
                .input("A", TensorSpec.of(DType.F32, 70_000, 1))
                .input("B", TensorSpec.of(DType.F32, 1, 70_000));
        refused("tile-npu", "more elements", huge);
    }

    private static TensorSpec f64(long... dims) {
        return TensorSpec.of(DType.F64, dims);
    }

    private static void refused(String chip, String reason, CallBuilder builder) {
        Call call = builder.build();
        try (Backend backend = Samples.open("chip", chip)) {
            Support.No no = assertInstanceOf(Support.No.class, backend.supports(call));
            assertTrue(no.reason().contains(reason), no.reason());
            UnsupportedCallException e = assertThrows(
                    UnsupportedCallException.class, () -> backend.prepare(call).close());
            assertEquals(no.reason(), e.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"strict", "tensor-core"})
    void f64ProductsAreComputedInF64(String chip) {
        Call call = Exam.matmul(DType.F64, 1, 1, 1, "normal").call();
        try (Backend backend = Samples.open("chip", chip)) {
            assertInstanceOf(Support.Yes.class, backend.supports(call));
            assertEquals("deterministic=true;batch_invariant=true", contract(backend, call));
        }
    }
}
