package dev.assay.engine.training;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Backend;
import dev.assay.backend.BackendOption;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.DeviceInfo;
import dev.assay.backend.Kernel;
import dev.assay.backend.Support;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// A plugin that has all that a training asks for, by the formulas of the twins, until its option says otherwise.
public final class TrainableProvider implements BackendProvider {
    /// Launches of the loss before it happens: a step has two.
    private static final int BEFORE = 2;

    @Override
    public String id() {
        return "trainable";
    }

    @Override
    public String version() {
        return "1";
    }

    @Override
    public List<BackendOption> options() {
        return List.of(BackendOption.text("how", "what happens in the second step", "nothing"));
    }

    @Override
    public Backend open(BackendOptions options) {
        return new Trainable(options.get("how", "nothing"));
    }

    private static final class Trainable implements Backend {
        private final String how;
        private final SplittableRandom masks = new SplittableRandom(7);
        private int losses;

        Trainable(String how) {
            this.how = how;
        }

        @Override
        public DeviceInfo device() {
            return DeviceInfo.named("formulas");
        }

        @Override
        public ComputeContract contract(Call call) {
            return ComputeContract.STRICT;
        }

        @Override
        public Support supports(Call call) {
            return Support.yes();
        }

        @Override
        public Kernel prepare(Call call) {
            return arguments -> () -> {
                if (call.operator().equals("cross_entropy") && ++losses > BEFORE) {
                    happen();
                }
                compute(call, arguments);
            };
        }

        @Override
        public void close() {}

        private void happen() {
            if (how.equals("halts")) {
                Runtime.getRuntime().halt(17);
            }
            if (how.equals("hangs")) {
                try {
                    Thread.sleep(Long.MAX_VALUE);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        }

        private void compute(Call call, Arguments arguments) {
            Map<String, double[]> arrays = new LinkedHashMap<>();
            arguments.inputs().forEach((name, argument) -> arrays.put(name, values(argument)));
            arguments.outputs().forEach((name, argument) -> arrays.put(name, values(argument)));
            if (call.operator().equals("dropout")) {
                double dropped = arrays.getOrDefault("ratio", new double[1])[0];
                double[] mask = arrays.getOrDefault("mask", new double[0]);
                Arrays.setAll(mask, i -> masks.nextDouble() < dropped ? 0 : 1);
            }
            Formulas.compute(call, name -> {
                double[] array = arrays.get(name);
                if (array == null) {
                    throw new IllegalArgumentException(call.operator() + " has no " + name);
                }
                return array;
            });
            arguments.outputs().forEach((name, argument) -> {
                double[] made = arrays.getOrDefault(name, new double[0]);
                argument.tensor().encode(0, made.length, made, 0);
            });
        }

        private static double[] values(Argument argument) {
            Tensor tensor = argument.tensor();
            double[] values = new double[Math.toIntExact(tensor.shape().elements())];
            tensor.decode(0, values.length, values, 0);
            return values;
        }
    }
}
