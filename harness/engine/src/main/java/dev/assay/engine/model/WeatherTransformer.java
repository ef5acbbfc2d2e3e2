package dev.assay.engine.model;

import dev.assay.engine.model.Calls.AttentionSizes;
import dev.assay.engine.model.Model.Mlp;
import dev.assay.engine.model.Model.Weather;
import dev.assay.tensor.Shape;
import java.util.List;

/// A transformer of the whole atmosphere, whose tokens attend to each other within windows of levels, latitudes and
/// longitudes, as Pangu-Weather (Bi et al., Nature 619, 2023; pseudocode at arXiv 2211.02556): blocks, fewer and wider
/// tokens, blocks, as many tokens as before, blocks.
///
/// Windows of one longitude after the other are one call, for all of these share a table of biases, which has a window
/// of every level and latitude. Rolling by half a window is no call.
record WeatherTransformer(Model model) implements Architecture {
    private static final List<Phase> GRIDS =
            List.of(Phase.of(Phase.Kind.FORECAST, 1, 73, 1, false), Phase.of(Phase.Kind.FORECAST, 1, 721, 1, true));

    /// Tokens of a block, along levels, latitudes and longitudes, before and after padding to whole windows.
    private record Grid(List<Integer> window, long levels, long latitudes, long longitudes) {
        long tokens() {
            return levels * latitudes * longitudes;
        }

        long windowTokens() {
            return (long) window.get(0) * window.get(1) * window.get(2);
        }

        /// Windows along a dimension.
        long windows(int dimension) {
            long size = dimension == 0 ? levels : dimension == 1 ? latitudes : longitudes;
            return Math.ceilDiv(size, (long) window.get(dimension));
        }

        /// Windows of one longitude.
        long column() {
            return windows(0) * windows(1);
        }

        long padded() {
            return column() * windows(2) * windowTokens();
        }

        /// The grid behind tokens merged two by two along latitudes and longitudes.
        Grid merged() {
            return new Grid(window, levels, Math.ceilDiv(latitudes, 2L), Math.ceilDiv(longitudes, 2L));
        }
    }

    @Override
    public List<Phase> phases(Request request) {
        return request.examples(GRIDS, false, model.name());
    }

    @Override
    public void run(Phase phase, Calls calls) {
        Weather sizes = Model.there(model.weather());
        long batch = phase.batch();
        long hidden = model.hidden();
        int inner = 2;
        Grid outer = outer(sizes, phase);
        Grid coarse = outer.merged();
        long surface = outer.latitudes * outer.longitudes * batch;
        long upper = surface * (outer.levels - 1);
        long area = (long) sizes.patch().get(1) * sizes.patch().get(2);
        long volume = area * sizes.patch().getFirst();
        calls.linear("patch embedding, levels", 1, upper, hidden, volume * sizes.variables(), true);
        calls.linear("patch embedding, surface", 1, surface, hidden, area * sizes.surface(), true);
        block("outer ", outer, batch, 2L * sizes.outerBlocks(), 1, calls);
        calls.norm("fewer tokens, norm", 1, coarse.tokens() * batch, 4 * hidden, true);
        calls.linear("fewer tokens, projection", 1, coarse.tokens() * batch, inner * hidden, 4 * hidden, false);
        block("inner ", coarse, batch, sizes.innerBlocks(), inner, calls);
        calls.linear("more tokens, first projection", 1, coarse.tokens() * batch, 4 * hidden, inner * hidden, false);
        calls.norm("more tokens, norm", 1, outer.tokens() * batch, hidden, true);
        calls.linear("more tokens, second projection", 1, outer.tokens() * batch, hidden, hidden, false);
        // Beside what comes from the inner blocks stands what went into them.
        calls.linear("patch recovery, levels", 1, upper, volume * sizes.variables(), 2 * hidden, true);
        calls.linear("patch recovery, surface", 1, surface, area * sizes.surfaceOutputs(), 2 * hidden, true);
    }

    /// The surface is a level of its own below the others.
    private static Grid outer(Weather sizes, Phase phase) {
        List<Integer> patch = sizes.patch();
        long latitudes = phase.fresh();
        return new Grid(
                sizes.window(),
                Math.ceilDiv((long) sizes.levels(), (long) patch.getFirst()) + 1,
                Math.ceilDiv(latitudes, (long) patch.get(1)),
                Math.ceilDiv(2 * (latitudes - 1), (long) patch.get(2)));
    }

    /// @param factor how many times wider than the outer blocks
    private void block(String whose, Grid grid, long batch, long times, int factor, Calls calls) {
        Weather sizes = Model.there(model.weather());
        Mlp mlp = Model.there(model.mlp());
        long width = (long) factor * model.hidden();
        long heads = (long) factor * sizes.heads();
        long size = width / heads;
        long tokens = grid.tokens() * batch;
        long padded = grid.padded() * batch;
        windows(whose + "windows", grid, batch, times, width, true, calls);
        calls.linear(whose + "qkv projection", times, padded, 3 * width, width, true);
        long window = grid.windowTokens();
        calls.weights(times * heads * grid.column() * biases(grid.window));
        calls.call(
                "attention",
                Calls.STANDARD_FILL,
                whose + "attention",
                times * batch * grid.windows(2),
                call -> new AttentionSizes(grid.column(), heads, heads, window, window, size, size)
                        .operands(call, calls.dtype(), false)
                        .input("attn_mask", calls.dense(grid.column(), heads, window, window)));
        calls.linear(whose + "o projection", times, padded, width, width, true);
        windows(whose + "windows back", grid, batch, times, width, false, calls);
        calls.norm(whose + "norms", 2 * times, tokens, width, true);
        long inner = (long) factor * mlp.intermediate();
        calls.linear(whose + "up projection", times, tokens, inner, width, mlp.bias());
        calls.activation(mlp.activation(), mlp.gated(), whose + "activation", times, tokens, inner);
        calls.linear(whose + "down projection", times, tokens, width, inner, mlp.bias());
        Shape stream = Shape.of(tokens, width);
        calls.sum(whose + "residual", 2 * times, stream, stream);
    }

    /// Biases of the pairs in a window: of levels and latitudes all pairs, of longitudes the distances.
    private static long biases(List<Integer> window) {
        long levels = window.get(0);
        long latitudes = window.get(1);
        return levels * levels * latitudes * latitudes * (2L * window.get(2) - 1);
    }

    /// Tokens of a window together, those of one longitude first; or back in their order.
    private static void windows(
            String role, Grid grid, long batch, long times, long width, boolean apart, Calls calls) {
        long[] along = {grid.window.get(0), grid.window.get(1), grid.window.get(2)};
        long[] count = {grid.windows(0), grid.windows(1), grid.windows(2)};
        Shape ordered = Shape.of(batch, count[0], along[0], count[1], along[1], count[2], along[2], width);
        Shape cut = Shape.of(batch, count[2], count[0], count[1], along[0], along[1], along[2], width);
        if (apart) {
            calls.transposed(role, times, ordered, 0, 5, 1, 3, 2, 4, 6, 7);
        } else {
            calls.transposed(role, times, cut, 0, 2, 4, 3, 5, 1, 6, 7);
        }
    }
}
