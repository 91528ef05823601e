"use strict";
// The board: cards are dragged, or moved with Shift and an arrow key. Both press the button of the card's own menu.
(() => {
  let moved = null;
  let dragged = null;

  const board = () => document.querySelector(".board");

  // Where a card stands, or will once its move is answered.
  const statusOf = (card) => card.dataset.to ?? card.closest(".column").dataset.status;

  function move(card, status) {
    const button = card.querySelector(`button[name="status"][value="${status}"]`);
    if (!button || statusOf(card) === status) return;
    remember(card);
    card.dataset.to = status;
    button.form.requestSubmit(button);
  }

  function remember(card) {
    const place = [...card.parentElement.children].indexOf(card);
    moved = { id: card.id, column: card.closest(".column").dataset.status, place };
  }

  // A card that went from the board leaves the focus to the one in its place.
  function target({ id, column, place }) {
    const cards = document.querySelectorAll(`.column[data-status="${column}"] .card`);
    const card = document.getElementById(id) ?? cards[Math.min(place, cards.length - 1)];
    return card?.querySelector("a") ?? document.querySelector(".tabs a");
  }

  function draggable() {
    for (const card of document.querySelectorAll(".card:has(form)")) card.draggable = true;
  }

  function drop(column) {
    for (const other of document.querySelectorAll(".column.is-over")) {
      if (other !== column) other.classList.remove("is-over");
    }
  }

  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.(".card") ?? null;
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.id);
    dragged.classList.add("is-dragged");
  });
  document.addEventListener("dragover", (event) => {
    const column = event.target.closest?.(".column");
    drop(column);
    if (!dragged || !column) return;
    event.preventDefault();
    column.classList.add("is-over");
  });
  document.addEventListener("drop", (event) => {
    const column = event.target.closest?.(".column");
    if (!dragged || !column) return;
    event.preventDefault();
    move(dragged, column.dataset.status);
  });
  document.addEventListener("dragend", () => {
    drop(null);
    dragged?.classList.remove("is-dragged");
    dragged = null;
  });

  document.addEventListener("keydown", (event) => {
    const card = event.target.closest?.(".card");
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!card || !step || !event.shiftKey) return;
    event.preventDefault();
    const columns = [...board().querySelectorAll(".column")].map((column) => column.dataset.status);
    const next = columns[columns.indexOf(statusOf(card)) + step];
    if (next) move(card, next);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".card button[name=status]");
    if (button) remember(button.closest(".card"));
  });
  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => { ctx.moved = moved; });
  // Moves are made one after another, and each answer replaces the whole board as it is by then.
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    ctx.target = document.getElementById("tracked") ?? ctx.target;
  });
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    const card = document.getElementById(ctx.moved?.id);
    if (card) delete card.dataset.to;
  });
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    draggable();
    if (ctx.moved) target(ctx.moved)?.focus();
  });
  draggable();
})();
