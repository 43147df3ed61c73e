/**
 * The models verticle: which models there are, and how they are asked. {@link io.gotthard.models.ModelsVerticle} serves the
 * operations of the OpenAI contract, {@link io.gotthard.models.Catalogue} knows the models by their public names, and
 * {@code provider} has one file for each protocol that an upstream may speak. In between, for each request,
 * {@link io.gotthard.models.Attempts} asks the targets of a {@link io.gotthard.models.Route} until one answers, and
 * {@link io.gotthard.models.Standing} remembers how each target has done. All of it is made
 * of one configuration, a {@link io.gotthard.models.Generation} on each event loop, of which another can take the place:
 * {@link io.gotthard.models.ModelsInUse}.
 */
package io.gotthard.models;
