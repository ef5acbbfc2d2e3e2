package dev.assay.baselines.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.assay.backend.Arguments;
import dev.assay.backend.Backend;
import dev.assay.backend.Call;
import dev.assay.backend.ForwardingBackend;
import dev.assay.backend.HostBuffer;
import dev.assay.backend.Kernel;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// Wrong answers for the checker that the other tests trust.
final class TrialTest {
    private static final Trial TRIAL = Trial.of("matmul")
            .input("A", DType.F32, 5, 7)
            .input("B", DType.F32, 7, 6)
            .fill("normal");

    /// A backend whose kernel is followed by a fault.
    private static final class Faulty extends ForwardingBackend {
        private final Consumer<Arguments> fault;

        Faulty(Backend inner, Consumer<Arguments> fault) {
            super(inner);
            this.fault = fault;
        }

        @Override
        public Kernel prepare(Call call) {
            Kernel kernel = backend.prepare(call);
            return arguments -> {
                Runnable run = kernel.bind(arguments)::run;
                return () -> {
                    run.run();
                    fault.accept(arguments);
                };
            };
        }
    }

    private static List<String> wrongAfter(Consumer<Arguments> fault) {
        try (Backend backend = new Faulty(CpuBackend.open(1), fault)) {
            return TRIAL.run(backend);
        }
    }

    private static List<String> wrongWith(int element, UnaryOperator<Double> change) {
        return wrongAfter(arguments -> {
            Tensor y = arguments.output("Y").tensor();
            y.set(element, change.apply(y.get(element)));
        });
    }

    @Test
    void theRightAnswerPasses() {
        assertEquals(List.of(), wrongAfter(arguments -> {}));
    }

    @Test
    void oneWrongElementFails() {
        assertEquals(1, wrongWith(0, y -> y * (1 + 1e-5)).size());
        assertEquals(1, wrongWith(29, y -> -y).size());
        assertEquals(1, wrongWith(13, y -> 0.0).size());
        assertEquals(1, wrongWith(13, y -> Double.NaN).size());
        assertEquals(1, wrongWith(13, y -> Double.POSITIVE_INFINITY).size());
    }

    @Test
    void anUnwrittenElementFails() {
        // What the output held before is lost by now; two values that differ show the same.
        boolean[] second = new boolean[1];
        assertFalse(wrongAfter(arguments -> {
                    Tensor y = arguments.output("Y").tensor();
                    y.set(3, second[0] ? -1e30 : Double.NaN);
                    second[0] = true;
                })
                .isEmpty());
    }

    @Test
    void changedInputsFail() {
        assertFalse(wrongAfter(arguments -> arguments.input("B").tensor().set(41, 7))
                .isEmpty());
    }

    @Test
    void writesBesideATensorFail() {
        for (String side : List.of("before", "behind")) {
            assertFalse(
                    wrongAfter(arguments -> {
                                MemorySegment all =
                                        ((HostBuffer) arguments.output("Y").buffer()).memory();
                                long at = arguments.output("Y").offset() + (side.equals("before") ? -1 : 30 * 4);
                                all.set(ValueLayout.JAVA_BYTE, at, (byte) (all.get(ValueLayout.JAVA_BYTE, at) + 1));
                            })
                            .isEmpty(),
                    side);
        }
    }
}
