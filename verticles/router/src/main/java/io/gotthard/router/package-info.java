/**
 * The router verticle: HTTP. {@link io.gotthard.router.RouterVerticle} makes routes from the contracts, and each request passes
 * {@link io.gotthard.router.Authentication}, {@link io.gotthard.router.Dispatch} and {@link io.gotthard.router.Delivery}. No
 * class in here knows an operation by name: what HTTP clients may say is in {@code openapi/}.
 */
package io.gotthard.router;
