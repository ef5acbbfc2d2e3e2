package dev.assay.engine.model;

import dev.assay.HarnessException;
import dev.assay.engine.model.Model.Field;
import dev.assay.engine.model.Model.Mlp;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// A Fourier neural operator on a square grid (Li et al., ICLR 2021, arXiv 2010.08895): each layer adds a convolution
/// of low frequencies to a linear map of every point.
record NeuralOperator(Model model) implements Architecture {
    private static final List<Phase> GRIDS = List.of(
            Phase.of(Phase.Kind.FIELD, 1, 64, 1, false),
            Phase.of(Phase.Kind.FIELD, 20, 64, 1, true),
            Phase.of(Phase.Kind.FIELD, 1, 256, 1, true));

    @Override
    public List<Phase> phases(Request request) {
        return request.examples(GRIDS, false, model.name());
    }

    @Override
    public void run(Phase phase, Calls calls) {
        Field sizes = Model.there(model.field());
        Mlp mlp = Model.there(model.mlp());
        long batch = phase.batch();
        long side = phase.fresh();
        if (side < 2L * sizes.modes()) {
            throw new HarnessException(
                    model.name() + " keeps " + sizes.modes() + " frequencies of either sign, more than " + side
                            + " points along a side have",
                    "--size " + side,
                    "give " + 2L * sizes.modes() + " or more");
        }
        long points = batch * side * side;
        long channels = model.hidden();
        long layers = model.layers();
        calls.linear("lifting", 1, points, channels, sizes.inputs(), true);
        calls.transposed("channels first", 1, Shape.of(batch, side, side, channels), 0, 3, 1, 2);
        TensorSpec field = calls.dense(batch, channels, side, side);
        TensorSpec modes = calls.dense(channels, channels, sizes.modes(), sizes.modes(), 2);
        // A weight is a complex number.
        calls.weights(layers * 2 * channels * channels * sizes.modes() * sizes.modes() * 2);
        calls.call(
                "spectral_conv",
                Calls.STANDARD_FILL,
                "spectral convolution",
                layers,
                call -> call.input("x", field).input("weights", modes).input("weights2", modes));
        calls.weights(layers * (channels * channels + channels));
        calls.call(
                "conv",
                Calls.STANDARD_FILL,
                "map of points",
                layers,
                call -> call.input("X", field)
                        .input("W", calls.dense(channels, channels, 1, 1))
                        .input("B", calls.dense(channels)));
        calls.sum("spectral convolution, sum", layers, field.shape(), field.shape());
        calls.activation(mlp.activation(), false, "activation", layers - 1, batch * channels, side * side);
        calls.transposed("channels last", 1, Shape.of(batch, channels, side, side), 0, 2, 3, 1);
        calls.linear("projection, hidden layer", 1, points, mlp.intermediate(), channels, mlp.bias());
        calls.activation(mlp.activation(), false, "projection, activation", 1, points, mlp.intermediate());
        calls.linear("projection", 1, points, sizes.outputs(), mlp.intermediate(), mlp.bias());
    }
}
