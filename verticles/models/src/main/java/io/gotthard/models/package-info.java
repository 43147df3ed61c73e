/**
 * The models verticle: which models there are, and how they are asked. {@link io.gotthard.models.ModelsVerticle} serves the
 * operations of the OpenAI contract, {@link io.gotthard.models.Catalogue} knows the models by their public names, and
 * {@code provider} has one file for each protocol that an upstream may speak.
 */
package io.gotthard.models;
