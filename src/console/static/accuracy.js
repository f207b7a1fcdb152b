// The slider of the threshold: what the page knows of each threshold stands in its table, and its dots are in the same order.
for (const part of document.querySelectorAll('.thresholds')) {
  const slider = part.querySelector('.slider');
  const rows = [...part.querySelectorAll('.points tbody tr')];
  const says = part.querySelector('.says');
  const show = () => {
    const value = Number(slider.value);
    const at = Math.max(
      0,
      rows.findLastIndex((row) => Number(row.dataset.threshold) <= value),
    );
    says.textContent = rows[at]?.dataset.text ?? '';
    slider.setAttribute('aria-valuetext', says.textContent);
    for (const marks of part.querySelectorAll('.marks')) {
      for (const [index, mark] of [...marks.children].entries()) mark.classList.toggle('here', index === at);
    }
  };
  slider.addEventListener('input', show);
  part.querySelector('select').addEventListener('change', (event) => {
    // Another class has another range: its own threshold is where it begins.
    slider.disabled = true;
    event.target.form.submit();
  });
  part.querySelector('button').hidden = true;
  show();
}
