package dev.assay.results;

import org.jspecify.annotations.Nullable;

/// One mutant: a fault that was planted on purpose, on one case. A row of `selftest.csv`; the components, in order,
/// are the columns.
///
/// No time, host or path stands here: two identical runs give identical bytes.
///
/// @param grid the grid of cases
/// @param caseId `operator/dtypes/shapes/attributes/fill`
/// @param operator name in the catalogue
/// @param dtypes of inputs and outputs
/// @param shapes sizes, as in the case id
/// @param attributes those that differ from their defaults, as in the case id
/// @param fill recipe of the inputs: the data set
/// @param seed of the inputs
/// @param backend id of the plugin
/// @param backendOptions with which it was opened, the fault among them
/// @param chip the device that the options select; empty if there is one only
/// @param fault id of the deviation
/// @param catalogue id in the catalogue of known kernel bugs; empty if it is in none
/// @param status what became of it
/// @param layer the layer of the judge that objected first
/// @param layers all that objected, joined by `+`
/// @param expectedLayers the layers that the fault's file names
/// @param expectedLayersObjected whether one of these was among them; empty if none objected
/// @param elements of the outputs
/// @param changed those whose bits differ from the plain device's on the inputs of the case
/// @param changeUlp largest difference from the plain device in ulps of the output
/// @param changeNoise the same in units of legal noise, over all runs that the judge made where the inputs of the
///     case show little
/// @param diagnosis of the judge, if it objected
/// @param diagnosed `yes`, `no`, or `unknown` if the judge named no cause; empty if the fault says nothing of it
/// @param reason why it is equivalent, was refused or could not be judged; else what the judge said
/// @param criteria published criteria that say something about it: `name=yes` for those that object, joined by spaces
public record MutantRow(
        String grid,
        String caseId,
        String operator,
        String dtypes,
        String shapes,
        String attributes,
        String fill,
        long seed,
        String backend,
        String backendOptions,
        String chip,
        String fault,
        String catalogue,
        Fate status,
        String layer,
        String layers,
        String expectedLayers,
        @Nullable Boolean expectedLayersObjected,
        @Nullable Long elements,
        @Nullable Long changed,
        @Nullable Double changeUlp,
        @Nullable Double changeNoise,
        String diagnosis,
        String diagnosed,
        String reason,
        String criteria)
        implements Keyed {

    @Override
    public RowKey key() {
        return new RowKey(grid, caseId, seed, backend, backendOptions);
    }
}
