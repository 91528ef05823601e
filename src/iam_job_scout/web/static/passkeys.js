// The browser's part of passkeys: asks the server for a challenge, the device for an answer, and sends it back.
"use strict";

(() => {
  const supported = window.PublicKeyCredential && PublicKeyCredential.parseCreationOptionsFromJSON;
  const problem = document.getElementById("problem");

  const say = (text) => {
    problem.textContent = text;
    problem.hidden = !text;
  };

  const ask = async (path, csrf, body) => {
    const headers = { "hx-request": "true", "x-csrf-token": csrf };
    if (body) headers["content-type"] = "application/json";
    const answer = await fetch(path, { method: "POST", headers, body, redirect: "manual" });
    if (answer.ok) return answer.json();
    const elsewhere = answer.headers.get("hx-redirect");
    if (elsewhere) location.assign(elsewhere);
    throw new Error((await answer.text()) || "The server did not answer. Try again.");
  };

  const signIn = async (button) => {
    const options = PublicKeyCredential.parseRequestOptionsFromJSON(await ask("/sign-in/passkey/options", ""));
    const credential = await navigator.credentials.get({ publicKey: options });
    const path = `/sign-in/passkey?next=${encodeURIComponent(button.dataset.next)}`;
    return ask(path, "", JSON.stringify(credential.toJSON()));
  };

  const add = async (button) => {
    const { csrf } = button.dataset;
    const name = document.getElementById("passkey-name").value.trim();
    if (!name) throw new Error("Give the passkey a name first, such as the device it is kept on.");
    const options = PublicKeyCredential.parseCreationOptionsFromJSON(await ask("/account/passkeys/options", csrf));
    const credential = await navigator.credentials.create({ publicKey: options });
    return ask(`/account/passkeys?name=${encodeURIComponent(name)}`, csrf, JSON.stringify(credential.toJSON()));
  };

  const words = (error) => {
    if (error.name === "NotAllowedError") return "The device was not asked, did not answer in time, or said no.";
    if (error.name === "InvalidStateError") return "This device has a passkey for this account already.";
    if (error.name === "SecurityError") return "Passkeys need a host name: open this page at localhost, or over https.";
    return error.message;
  };

  for (const button of document.querySelectorAll("[data-passkey]")) {
    if (!supported) continue;
    button.hidden = false;
    for (const part of document.querySelectorAll("[data-with-passkeys]")) part.hidden = false;
    button.addEventListener("click", async () => {
      say("");
      button.disabled = true;
      try {
        const { next } = await (button.dataset.passkey === "add" ? add(button) : signIn(button));
        const here = location.pathname === next.split("#")[0];
        location.assign(next);
        if (here) location.reload();
      } catch (error) {
        say(words(error));
        problem.scrollIntoView({ block: "nearest" });
      } finally {
        button.disabled = false;
      }
    });
  }
})();
